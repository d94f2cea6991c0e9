/** Where in a line of nsswitch.conf the source goes, so that it is asked, and asked after what the machine itself has. */

import { afterSuccess, endsSearch, type Line, type Source } from '../../values/index.ts'
import { SOURCE } from './databases.ts'

/** A piece of text that is put into a line. */
interface Insertion {
  readonly at: number
  readonly text: string
}

/** Sources that are files of this machine: nss_files(5) and relatives, of Debian (extrausers), Fedora (altfiles) and SUSE (usrfiles). */
const FILES: ReadonlySet<string> = new Set(['files', 'compat', 'db', 'altfiles', 'extrausers', 'usrfiles'])
/** Sources that know this machine alone, and what runs on it (nss-myhostname(8), nss-mymachines(8), nss-systemd(8), libvirt's). */
const LOCAL: ReadonlySet<string> = new Set([
  ...FILES,
  'myhostname',
  'mymachines',
  'systemd',
  'libvirt',
  'libvirt_guest',
])
/** The databases of which any source that is not local asks the network, and so waits. */
const NETWORK_DATABASES: ReadonlySet<string> = new Set(['hosts', 'networks'])

/**
 * The source's place in a line that does not have it: right behind the last of the machine's files (and its own name) that come
 * before a source which ends the search, or asks the network for hosts; else ahead of that source. Undefined for a line that the C
 * library would not understand.
 */
export function placement({ database, rest, sources }: Line): Insertion | undefined {
  if (sources === undefined) return undefined
  const stop = stopOf(database, sources)
  const last = sources.findLastIndex(({ name }, i) => (stop < 0 || i <= stop) && isAnchor(database, name))
  if (last >= 0) return behind(database, sources[last])
  const foreign = stop >= 0 ? stop : sources.findIndex(({ name }) => !LOCAL.has(name))
  const next = sources[foreign]
  if (next !== undefined) return ahead(database, next)
  return sources.length > 0 ? behind(database, sources.at(-1)) : { at: rest, text: ` ${SOURCE}` }
}

/** The index of the first source behind which nothing may be asked any more; -1 if there is none. */
export function stopOf(database: string, sources: readonly Source[]): number {
  const isNetwork = NETWORK_DATABASES.has(database)
  return sources.findIndex((source) => endsSearch(source) || (isNetwork && !LOCAL.has(source.name)))
}

function isAnchor(database: string, name: string): boolean {
  return FILES.has(name) || (database === 'hosts' && name === 'myhostname')
}

/**
 * Between a source's name and its actions, which are the new source's from then on: so `files [NOTFOUND=return] nis` still ends the
 * search where neither has the name. Only what goes on after a success is said for the source too, as `[SUCCESS=merge]` of group.
 */
function behind(database: string, source: Source | undefined): Insertion {
  if (source === undefined) throw new TypeError('no source to stand behind')
  const success = afterSuccess(source)
  // getgrouplist(3) ends at the first source that has the user, where there is a line initgroups.
  const follows = success === 'return' && database === 'initgroups' ? 'continue' : success
  return { at: source.end, text: `${follows === 'return' ? '' : ` [SUCCESS=${follows}]`} ${SOURCE}` }
}

function ahead(database: string, { start }: Source): Insertion {
  return { at: start, text: `${SOURCE} ${database === 'initgroups' ? '[SUCCESS=continue] ' : ''}` }
}
