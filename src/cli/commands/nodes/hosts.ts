/** `kickback nodes --hosts`: the devices of the `host` lines, and whether they answer a ping. */
import {
  type HostStateReport,
  hostStateReports,
  type KickbackClient,
  PING_ANSWERS,
  type PingAnswer,
} from '../../../kickback/index.ts'
import { foldedText, printable, wallClock } from '../../../values/index.ts'
import { entryLines } from '../../terminal/entry.ts'
import { type Screen, toned } from '../../terminal/screen.ts'
import { agoText } from './node-figures.ts'
import { masterStatus, NoListError, wholeList } from './node-list.ts'

/** All devices. */
export interface HostList {
  readonly hosts: readonly HostStateReport[]
  /** When they were asked for, in seconds since 1970. */
  readonly time: number
}

/** How many sets of names the summary has of each answer. */
const SETS_SHOWN = 8

/** Asks a master for its devices. Throws NoListError at a node, and at a service that is older than this program. */
export async function hostList(client: KickbackClient): Promise<HostList> {
  await masterStatus(client)
  const hosts = await wholeList(client, { hosts: true }, ({ hosts }) => {
    if (hosts === undefined)
      throw new NoListError('the service is older than this program: restart it, so that it is the installed one')
    return hostStateReports(hosts)
  })
  const shown = hosts.map((host) => ({ ...host, name: printable(host.name) }))
  return { hosts: shown, time: Math.floor(wallClock() / 1000) }
}

/** A summary, then a line for each device. */
export function hostLines({ hosts, time }: HostList, screen: Screen | undefined): readonly string[] {
  const rows = hosts.map(({ name, ping = '-', pinged, address }) => [name, ping, agoText(pinged, time), address])
  const all = [['name', 'ping', 'asked', 'address'], ...rows]
  const widths = [0, 1, 2].map((i) => all.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), 0))
  const [head = '', ...lines] = all.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const toneOf = (i: number) => (hosts[i]?.ping === 'off' ? 'error' : undefined)
  return [
    ...summary(hosts).flatMap((entry) => entryLines(entry, screen)),
    '',
    toned(head.slice(0, screen?.columns), 'label', screen),
    ...lines.map((line, i) => toned(line.slice(0, screen?.columns), toneOf(i), screen)),
  ]
}

function summary(hosts: readonly HostStateReport[]) {
  const answers = [...(Object.keys(PING_ANSWERS) as PingAnswer[]), undefined]
  return answers.flatMap((answer) => {
    const names = hosts.filter(({ ping }) => ping === answer).map(({ name }) => name)
    if (names.length === 0) return []
    const text = `${names.length}: ${foldedText(names, SETS_SHOWN)}`
    return [{ label: answer ?? 'not asked', text, ...(answer === 'off' && { tone: 'error' as const }) }]
  })
}
