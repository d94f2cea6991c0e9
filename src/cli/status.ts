import {
  type KickbackClient,
  type NodeReport,
  type Place,
  placeName,
  ServiceError,
  type StatusReport,
} from '../kickback/index.ts'
import type { Invocation, RunCommand } from './command.ts'
import { adminSocket, askService, isKeptOut, isSilence, publicSocket, silenceText } from './service.ts'
import type { Settings } from './settings.ts'
import { EXIT } from './synopsis.ts'

/** Serving, but what is on disk is refused. */
const LAST_RELOAD_REFUSED = 3

/** What is printed: the report, and the nodes where we may ask for them. */
interface Status {
  readonly report: StatusReport
  readonly nodes: readonly NodeReport[] | undefined
}

/** `kickback status`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  const asked = placeOf(settings)
  try {
    const { report, nodes } = await statusAt(asked, invocation)
    const whole = nodes === undefined ? report : { ...report, nodes }
    terminal.print(settings.json ? `${JSON.stringify(whole, null, 2)}\n` : statusText(report, nodes))
    return report.reload?.outcome === 'refused' ? LAST_RELOAD_REFUSED : EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(
      isSilence(error) ? silenceText(asked, error) : `kickback: ${placeName(asked)}: ${error.message}\n`,
    )
    return EXIT.FAILED
  }
}

/** Root's socket tells more than the public one. */
function placeOf({ server, runDir }: Settings): Place {
  return server === null ? adminSocket(runDir) : { host: server.host, port: server.port }
}

/** Asks there. Who may not come near root's socket is told so, and asks the public one. */
async function statusAt(place: Place, invocation: Invocation): Promise<Status> {
  const isAdmin = 'path' in place
  try {
    return await askService(place, invocation, (client) => statusOf(client, isAdmin))
  } catch (error) {
    if (!isAdmin || !(error instanceof ServiceError) || !isKeptOut(error)) throw error
    const socket = publicSocket(invocation.settings.runDir)
    const status = await askService(socket, invocation, (client) => statusOf(client, false))
    invocation.terminal.complain(
      `kickback: permission denied at ${placeName(place)}, so ${placeName(socket)} was asked: without the list of nodes\n`,
    )
    return status
  }
}

async function statusOf(client: KickbackClient, withNodes: boolean): Promise<Status> {
  const report = await client.status()
  if (!withNodes) return { report, nodes: undefined }
  const nodes: NodeReport[] = []
  for await (const page of client.nodes()) nodes.push(...page)
  return { report, nodes }
}

/** A report for people. */
export function statusText(report: StatusReport, nodes: readonly NodeReport[] = []): string {
  const { role, software, pid, uptime, counts, connections, subscribers, refused, questions, rate } = report
  const records = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  const lines = [
    `${software}, ${role}, process ${pid}, up ${duration(uptime)}`,
    generationText(report),
    `records      ${records.length === 0 ? 'none' : records.join(', ')}`,
    `questions    ${questions}, ${rate.toFixed(1)} a second`,
    `connections  ${connections}, of them ${subscribers} following; ${refused} refused`,
    ...nodeLines(report, nodes),
    ...reloadLines(report),
    ...followingLines(report),
  ]
  return `${lines.join('\n')}\n`
}

function generationText({ generation, digest = '', signed }: StatusReport): string {
  if (generation === undefined) return 'generation   none yet'
  return `generation   ${generation}, ${signed ? 'signed' : 'not signed'}\ndigest       ${digest}`
}

function nodeLines({ told, behind, generation = 0 }: StatusReport, nodes: readonly NodeReport[]): string[] {
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
