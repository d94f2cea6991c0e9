import { type Place, ServiceError, type StatusReport } from '../kickback/index.ts'
import type { RunCommand } from './command.ts'
import { askService, isSilence, privateSocket, publicSocket, silenceText } from './service.ts'
import type { Settings } from './settings.ts'
import { EXIT } from './synopsis.ts'

/** Serving, but what is on disk is refused. */
const LAST_RELOAD_REFUSED = 3

/** `kickback status`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  let report: StatusReport | undefined
  let complaint = ''
  for (const place of placesOf(settings)) {
    try {
      report = await askService(place, invocation, (client) => client.status())
      break
    } catch (error) {
      if (!(error instanceof ServiceError) || !isSilence(error)) throw error
      complaint = silenceText(place, error)
    }
  }
  if (report === undefined) {
    terminal.complain(complaint)
    return EXIT.FAILED
  }
  terminal.print(settings.json ? `${JSON.stringify(report, null, 2)}\n` : statusText(report))
  return report.reload?.outcome === 'refused' ? LAST_RELOAD_REFUSED : EXIT.DONE
}

/** The private socket tells more; who may not come near it asks the public one. */
function placesOf({ server, runDir }: Settings): readonly Place[] {
  if (server !== null) return [{ host: server.host, port: server.port }]
  return [privateSocket(runDir), publicSocket(runDir)]
}

/** A report for people. */
export function statusText(report: StatusReport): string {
  const { role, software, pid, uptime, counts, connections, subscribers, refused, questions, rate } = report
  const records = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  const lines = [
    `${software}, ${role}, process ${pid}, up ${duration(uptime)}`,
    generationText(report),
    `records      ${records.length === 0 ? 'none' : records.join(', ')}`,
    `questions    ${questions}, ${rate.toFixed(1)} a second`,
    `connections  ${connections}, of them ${subscribers} following; ${refused} refused`,
    ...nodeLines(report),
    ...reloadLines(report),
    ...followingLines(report),
  ]
  return `${lines.join('\n')}\n`
}

function generationText({ generation, digest = '', signed }: StatusReport): string {
  if (generation === undefined) return 'generation   none yet'
  return `generation   ${generation}, ${signed ? 'signed' : 'not signed'}\ndigest       ${digest}`
}

function nodeLines({ nodes = [], told, behind, generation = 0 }: StatusReport): string[] {
  if (told === 0) return []
  const late = nodes.filter((node) => node.behind)
  const lines = late.map(
    ({ address, generation: held }) => `  ${address} has generation ${held}, ${generation - held} behind`,
  )
  return [`nodes        ${told} told their generation, ${behind} behind`, ...lines]
}

function reloadLines({ reload }: StatusReport): string[] {
  if (reload === undefined) return []
  const when = new Date(reload.time * 1000).toISOString()
  return [`last reload  ${reload.outcome} at ${when}${reload.reason === undefined ? '' : `: ${reload.reason}`}`]
}

function followingLines({ following }: StatusReport): string[] {
  if (following === undefined) return []
  const { master, state, seconds, reason } = following
  return [`master       ${master}, ${state} for ${duration(seconds)}${reason === undefined ? '' : `: ${reason}`}`]
}

/** Seconds in the largest unit that is full. */
function duration(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const
  const [size, unit] = units.find(([size]) => seconds >= size) ?? ([1, 'second'] as const)
  const count = Math.floor(seconds / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
