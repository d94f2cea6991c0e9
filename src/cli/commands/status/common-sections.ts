/** The parts of the picture that masters and nodes have in common. */
import { type StatusReport, WARNINGS, type Warning, writtenText } from '../../../kickback/index.ts'
import { counted, durationText } from '../../../values/index.ts'
import type { Entry } from '../../terminal/entry.ts'
import type { Facts, Section } from './facts.ts'

/** How the line of a remedy begins. */
const WHAT_TO_DO = 'what to do: '

/** What an administrator should look at, the gravest first. What to do stands below the last of its kind. */
export const warningSection: Section = ({ warnings }) => warningEntries(warnings)

/** Warnings as facts. */
function warningEntries(warnings: readonly Warning[]): readonly Entry[] {
  return warnings.map(({ code, severity, text, remedy }, i) => {
    const next = warnings[i + 1]
    const isSame = next?.code === code && next.remedy === remedy
    return {
      label: WARNINGS[code].label,
      text,
      more: remedy === undefined || isSame ? [] : [`${WHAT_TO_DO}${remedy}`],
      tone: severity,
    }
  })
}

/** Which content is served. */
export const generationSection: Section = ({ report, now }) => {
  const { generation, digest = '', signed, written } = report
  if (generation === undefined) return [{ label: 'generation', text: 'none yet' }]
  const since = written === undefined ? '' : `, ${writtenText(written)}${agoText(written, now)}`
  return [
    { label: 'generation', text: `${generation}, ${signed ? 'signed' : 'not signed'}${since}` },
    { label: 'digest', text: digest },
  ]
}

/** `, 3 hours ago`; nothing for an unknown time, and for one to come. */
export function agoText(time: number, now: number): string {
  return time === 0 || time > now ? '' : `, ${durationText(now - time)} ago`
}

/** Where it can be asked. */
export const placeSection: Section = ({ report }) => [
  { label: 'listening', text: report.listening.join(', ') },
  { label: 'DNS', text: dnsText(report.dns, report.dns_process) },
  ...objectEntries(report),
]

/** Where DNS answers, and the process that does. */
function dnsText(places: readonly string[], process: StatusReport['dns_process']): string {
  if (process === undefined) return places.length === 0 ? 'off' : places.join(', ')
  const { pid, generation, restarts, others = [] } = process
  const again = restarts === 0 ? '' : `, started again ${counted(restarts, 'time')}`
  if (pid === 0) return `no process now${again}`
  const where = places.length === 0 ? 'waits for its addresses' : places.join(', ')
  const beside = others.map((one) => (one.pid === 0 ? 'none' : one.pid)).join(', ')
  const all = others.length === 0 ? `process ${pid}` : `processes ${pid}, ${beside}`
  return `${where} (${all}, generation ${generation}${again})`
}

/** Where objects are given by HTTP, and how much that is used. */
function objectEntries({ objects }: StatusReport): readonly Entry[] {
  if (objects === undefined) return []
  const { listening, connections, refused, denied, requests, sent } = objects
  const asked = Object.entries(requests).map(([kind, count]) => `${kind} ${count}`)
  const where = listening.length === 0 ? 'waits for its addresses' : listening.join(', ')
  const used = `${counted(connections, 'connection')}, ${refused} refused, ${denied} denied`
  const text = `${where} (${used}; asked for: ${asked.length === 0 ? 'nothing' : asked.join(', ')}; ${counted(sent, 'byte')} sent)`
  return [{ label: 'objects', text }]
}

/** How much it is used. */
export const useSection: Section = ({ report }) => {
  const { records: counts, questions, rate, connections, subscribers, refused, denied } = report
  const records = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  const text = `${connections}, of which ${subscribers} follow; ${refused} refused, ${denied} denied`
  return [
    { label: 'records', text: records.length === 0 ? 'none' : records.join(', ') },
    { label: 'questions', text: `${questions}, ${rate.toFixed(1)} a second` },
    { label: 'connections', text },
  ]
}

/** The first line: who this is. */
export function headLine({ report }: Pick<Facts, 'report'>): string {
  const { software, role, pid, uptime } = report
  return `${software}, ${role}, process ${pid}, up ${durationText(uptime)}`
}
