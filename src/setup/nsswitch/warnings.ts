/** What keeps a nsswitch.conf from doing what it seems to say: caches in front, and sources and actions that come first. */

import { type Line, parseLine } from '../../values/index.ts'
import type { Machine } from '../machine.ts'
import { ALL_DATABASES, SOURCE } from './databases.ts'
import { indexOf, linesOf } from './edit.ts'
import { hasNscd } from './nscd.ts'
import { stopOf } from './placement.ts'

/** Warnings about a text that has the source, in sentences. */
export function nsswitchWarnings(machine: Machine, text: string): readonly string[] {
  const lines = linesOf(text).flatMap((line) => {
    const parsed = parseLine(line)
    return parsed !== undefined && ALL_DATABASES.includes(parsed.database) ? [parsed] : []
  })
  return [...lines.flatMap(ofLine), ...(hasNscd(machine) ? [OF_NSCD] : [])]
}

const OF_NSCD =
  'nscd runs, and gives old answers after a change: stop and disable it, or set enable-cache to no in /etc/nscd.conf for passwd, group, hosts and netgroup'

function ofLine(line: Line): string[] {
  const { database, sources } = line
  if (sources === undefined)
    return [`the C library does not understand the line ${database}, so it was left as it is: look at its brackets`]
  const at = indexOf(line)
  const ahead = sources.slice(0, Math.max(0, at))
  const stop = at < 0 ? -1 : stopOf(database, ahead)
  const found: string[] = []
  if (stop >= 0) {
    found.push(
      `${database}: ${SOURCE} comes after ${ahead[stop]?.name}, which can end the search or waits for the network: remove ${SOURCE} from that line, and run kickback nsswitch on`,
    )
  }
  if (ahead.some(({ name }) => name === 'sss')) {
    found.push(
      `${database}: sss comes first, so what sssd has, and what it remembers, hides entries of the cluster with the same name or id`,
    )
  }
  return found
}
