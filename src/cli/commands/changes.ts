/** The changes of records as text: counts of each database first, and each record on a line of its own. */
import type { DatabaseChange, ReloadReport } from '../../kickback/index.ts'
import { counted } from '../../values/index.ts'

type Changes = ReloadReport['databases']

/** A line for each database, with the first names. */
export function changeLines(databases: Changes): string[] {
  return Object.entries(databases).map(([name, change]) => `${name}: ${countsText(change)}`)
}

/** `2 added (n32, n33), 0 removed, 3 changed (n1, n2, n3): 3 moved` */
function countsText({ names, moved = 0, renumbered = 0, ...counts }: DatabaseChange): string {
  const kinds = ['added', 'removed', 'changed'] as const
  const all = kinds.map((kind) => `${counts[kind]} ${kind}${nameList(names?.[kind] ?? [], counts[kind])}`).join(', ')
  const fates = [moved > 0 ? `${moved} moved` : '', renumbered > 0 ? `${renumbered} renumbered` : ''].filter(Boolean)
  return fates.length === 0 ? all : `${all}: ${fates.join(', ')}`
}

function nameList(names: readonly string[], count: number): string {
  if (names.length === 0) return ''
  return ` (${names.join(', ')}${names.length < count ? ', ...' : ''})`
}

/** A line for each record, those of a database below its name; none where the records were not asked for. */
export function recordLines(databases: Changes): string[] {
  return Object.entries(databases).flatMap(([name, change]) => {
    const { records = [], added, removed, changed } = change
    if (records.length === 0) return []
    const left = added + removed + changed - records.length
    const more = left > 0 ? [`  and ${counted(left, 'more record')}`] : []
    const lines = records.map(
      ({ fate, name: record, before, after }) => `  ${fate.padEnd(FATE_WIDTH)} ${record}${texts(before, after)}`,
    )
    return ['', `${name}:`, ...lines, ...more]
  })
}

/** The width of the longest fate. */
const FATE_WIDTH = 'renumbered'.length

function texts(before: string | undefined, after: string | undefined): string {
  if (before !== undefined && after !== undefined) return `: ${before} -> ${after}`
  const one = before ?? after
  return one === undefined ? '' : `: ${one}`
}
