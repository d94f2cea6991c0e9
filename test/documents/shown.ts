// The blocks of the pages that no test runs: a list of them is checked in, each with its reason.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MADE } from '../../tools/generate.ts'
import { type Block, blocksOf } from './blocks.ts'
import { isGuide } from './guides.ts'

/** A block that is only shown: its page, how its first line begins, and why it is not run. */
interface Shown {
  readonly page: string
  readonly start: string
  readonly reason: string
}

/** The list: a line each, with tabs between its three fields. */
export const SHOWN: readonly Shown[] = readFileSync(join(import.meta.dirname, 'shown.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [page = '', start = '', reason = ''] = line.split('\t')
    return { page, start, reason }
  })

/** The row of a block, if it has one. */
export function reasonOf(page: string, { lines }: Block): Shown | undefined {
  return SHOWN.find((row) => row.page === page && row.start !== '' && (lines[0] ?? '').startsWith(row.start))
}

/** Whether a block is in a part of its page that is made from the tables of the code: the test of these tables proves it. */
export function isMade(page: string, { lines }: Block): boolean {
  const text = lines.join('\n')
  return MADE.some((made) => made.path === page && made.part !== undefined && madeBlocks(made.text).has(text))
}

const blocksByText = new Map<() => string, ReadonlySet<string>>()

function madeBlocks(text: () => string): ReadonlySet<string> {
  const known = blocksByText.get(text) ?? new Set(blocksOf(text()).map(({ lines }) => lines.join('\n')))
  blocksByText.set(text, known)
  return known
}

/** Whether a block of several machines is on a page that no test of machines runs. */
export function isUnrun(page: string, { language }: Block): boolean {
  return language === 'machines' && !isGuide(page)
}
