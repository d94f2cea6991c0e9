/** `kickback wait`: returns once nodes are in step with a generation, or names those that are not. */
import { Backoff, type KickbackClient, type NodeStanding, ServiceError } from '../../kickback/index.ts'
import { DATABASES, displayed } from '../../resolver/index.ts'
import { counted, foldedText, monotonic, sleep } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../service.ts'
import { EXIT, NEEDS_ATTENTION } from '../synopsis.ts'

/** How nodes stand, and the first names of those that are not in step. */
export interface Waited extends NodeStanding {
  readonly names: { readonly missing: readonly string[]; readonly behind: readonly string[] }
}

/** How many nodes are named; more are told by their numbers. */
const NAMED_MAX = 32
/** How much later than the service the command gives up, in milliseconds. */
const GRACE = 5000
/** The pauses between tries to reach a daemon that has ended meanwhile, in milliseconds. */
const RETRY = { first: 100, longest: 2000 } as const

/** `kickback wait`. */
export const run: RunCommand = async (invocation) => {
  const { args, settings, terminal } = invocation
  const [word] = args
  if (word !== undefined && !/^\d{1,15}$/.test(word)) {
    terminal.complain(`kickback: '${word}' is not the number of a generation: kickback history lists them\n`)
    return EXIT.USAGE
  }
  try {
    const waited = await waitForNodes(invocation, word === undefined ? undefined : Number(word))
    const isOver = isInStep(waited)
    if (settings.json) terminal.print(`${JSON.stringify({ ...waited, in_step: isOver }, null, 2)}\n`)
    if (!isOver) terminal.complain(`kickback: ${missingText(waited)}\n`)
    else if (!settings.json) terminal.print(`${inStepText(waited)}\n`)
    return isOver ? EXIT.DONE : NEEDS_ATTENTION
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const place = adminSocket(settings.runDir)
    terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

/**
 * Waits until the nodes of the setting `nodes` (all, if it has none) have this generation or a later one, for the seconds of the setting
 * `timeout`; the current generation if none is given. A daemon that ends meanwhile is asked again once it is back. Throws ServiceError
 * if none answers, or if it refuses.
 */
export async function waitForNodes(invocation: Invocation, generation?: number): Promise<Waited> {
  const { settings } = invocation
  const place = adminSocket(settings.runDir)
  const end = monotonic.now() + settings.timeout * 1000
  const backoff = new Backoff({ ...RETRY, random: Math.random })
  let wanted = generation
  for (let isKnown = false; ; ) {
    try {
      return await askService(place, invocation, async (client) => {
        const { generation: current } = await client.hello()
        isKnown = true
        wanted ??= current
        return standingOf(client, { nodes: settings.nodes, generation: wanted, end })
      })
    } catch (error) {
      const isLost = error instanceof ServiceError && isSilence(error) && error.code !== 'timeout' && isKnown
      if (!isLost || monotonic.now() >= end) throw error
      await sleep(monotonic, Math.min(backoff.next(), end - monotonic.now()))
    }
  }
}

/** What is waited for, and until when. */
interface Wanted {
  readonly nodes: string | null
  readonly generation: number
  readonly end: number
}

async function standingOf(client: KickbackClient, { nodes, generation, end }: Wanted): Promise<Waited> {
  const left = Math.max(0, end - monotonic.now())
  const request = { ...(nodes !== null && { nodes }), generation, seconds: Math.ceil(left / 1000) }
  const { generation: reached, nodes: count, missing, behind } = await client.ask('WAIT', request, left + GRACE)
  const names = { missing: await namesOf(client, missing), behind: await namesOf(client, behind) }
  return { generation: reached, nodes: count, missing, behind, names }
}

/** The names of the nodes of a set that a service gave, where they are few. */
async function namesOf(client: KickbackClient, set: string): Promise<readonly string[]> {
  const numbers = numbersOf(set)
  if (numbers.length > NAMED_MAX) return []
  const records = await Promise.all(numbers.map((number) => client.lookup('hosts', `.${number}`)))
  return records.map((record, i) => displayed((record && DATABASES.hosts.decode(record).names[0]) ?? `.${numbers[i]}`))
}

/** The numbers of a set, as many as are named and one more. */
function numbersOf(set: string): readonly number[] {
  const numbers: number[] = []
  for (const range of set.split(',').filter((text) => text !== '')) {
    const [first = 0, last = first] = range.split('-').map(Number)
    for (let number = first; number <= last && numbers.length <= NAMED_MAX; number++) numbers.push(number)
  }
  return numbers
}

/** Whether all nodes are in step. */
export function isInStep({ missing, behind }: NodeStanding): boolean {
  return missing === '' && behind === ''
}

/** That all are in step, in words. */
export function inStepText({ nodes, generation }: NodeStanding): string {
  return `${counted(nodes, 'node')} ${nodes === 1 ? 'is' : 'are'} in step with generation ${generation}`
}

/** Which nodes are not in step, in words. */
export function missingText({ nodes, generation, missing, behind, names }: Waited): string {
  const each = [
    ...partText(missing, names.missing, 'not connected'),
    ...partText(behind, names.behind, 'connected, with an older generation'),
  ]
  return `of ${counted(nodes, 'node')} these are not in step with generation ${generation}: ${each.join('; ')}`
}

function partText(set: string, names: readonly string[], what: string): string[] {
  if (set === '') return []
  return [`${what}: ${names.length > 0 ? foldedText(names, NAMED_MAX) : `nodes ${set}`}`]
}
