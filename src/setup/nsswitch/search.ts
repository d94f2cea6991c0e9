/** The search of the C library for one key: what it does before it asks kickback, and what programs of this machine get in the end. */
import { displayed } from '../../resolver/index.ts'
import { endsSearch, foldCase, type Line, macKey, parseLine, parseMac, type Source } from '../../values/index.ts'
import type { Machine } from '../machine.ts'
import { ALL_DATABASES, DATABASES, type Role, SOURCE } from './databases.ts'
import { indexOf, linesOf } from './edit.ts'
import { nsswitchText } from './file.ts'
import { moduleFault } from './module.ts'
import { hasNscd } from './nscd.ts'

/** What the C library of a machine does with one key. */
export interface SearchReport {
  /** The line of nsswitch.conf that decides, as it is written; undefined if there is none. */
  readonly line: string | undefined
  /** Whether the line names kickback. */
  readonly asks: boolean
  /** What keeps programs from an answer of kickback, or comes first, in sentences. */
  readonly notes: readonly string[]
}

/** How the key was asked for. */
interface SearchedKey {
  readonly database: string
  /** As it was typed, a byte string. */
  readonly typed: string
}

/** What programs get, as getent(1) says it. */
export interface SystemAnswer {
  readonly outcome: 'found' | 'missing' | 'slow' | 'unknown'
  /** What getent printed. */
  readonly text: string
}

/** Where the C library's own files have what the cluster has, which comes first. */
const FILES: ReadonlyMap<string, string> = new Map(
  ALL_DATABASES.filter((name) => name !== 'initgroups').map((name) => [name, `/etc/${name}`]),
)
/** The longest that a look-up of the system may take, in seconds: a source that hangs is told as that. */
const PATIENCE = 5
/** What timeout(1) and getent(1) exit with. */
const EXITS = { found: 0, missing: 2, slow: 124 } as const

/** What the C library does with a key on a machine of this role. Throws the system's error if nsswitch.conf can't be read. */
export function searchOf(machine: Machine, file: string, key: SearchedKey, role: Role): SearchReport {
  const text = nsswitchText(machine, file)
  const { line, parsed } = lineOf(text, key.database)
  const at = parsed === undefined ? -1 : indexOf(parsed)
  const ahead = parsed?.sources?.slice(0, Math.max(0, at)) ?? []
  const fault = at < 0 ? undefined : moduleFault(machine)
  return {
    line: line?.trim(),
    asks: at >= 0,
    notes: [
      ...(at < 0 ? notAsked(file, key.database, role, parsed) : []),
      ...(fault === undefined ? [] : [fault]),
      ...ahead.flatMap((source) => aheadOf(machine, key, source)),
      ...(at >= 0 && hasNscd(machine) && key.database !== 'shadow' ? [OF_NSCD] : []),
    ],
  }
}

const OF_NSCD =
  'nscd answers first, from what it remembers: a new entry may be missing for some seconds, an old one stays for up to an hour; nscd -i empties it'

/** The line of a database. Without one for initgroups the C library goes by that of group. */
function lineOf(text: string, database: string): { readonly line?: string; readonly parsed?: Line } {
  for (const line of linesOf(text)) {
    const parsed = parseLine(line)
    if (parsed?.database === database) return { line, parsed }
  }
  return database === 'initgroups' ? lineOf(text, 'group') : {}
}

function notAsked(file: string, database: string, role: Role, parsed: Line | undefined): string[] {
  if (role === 'master' && !DATABASES.master.includes(database))
    return [`programs of this master have ${database} from its own files, and do not ask kickback: that is right`]
  const what = parsed === undefined ? `has no line ${database}` : `does not name ${SOURCE} for ${database}`
  return [`${file} ${what}: programs do not ask kickback; kickback nsswitch on puts it there`]
}

/** What a source that is asked first does. */
function aheadOf(machine: Machine, key: SearchedKey, source: Source): string[] {
  const { name } = source
  if (name === 'files' || name === 'compat') return localEntry(machine, key)
  const ends = endsSearch(source) ? ', and can end the search there' : ''
  if (name === 'sss')
    return [
      'sss (sssd) is asked first: what it has, or remembers, hides entries of the cluster with the same name or id',
    ]
  if (name === 'resolve') return [`resolve (systemd-resolved) is asked first${ends}: it asks DNS, and waits for it`]
  if (name === 'dns' || name.startsWith('mdns'))
    return [`${name} is asked first${ends}: it asks the network, and waits for it`]
  return ends === '' ? [] : [`${name} is asked first${ends}`]
}

/** An entry of this machine's own file, which programs get instead. A file that can't be read tells nothing. */
function localEntry(machine: Machine, key: SearchedKey): string[] {
  const path = FILES.get(key.database)
  if (path === undefined) return []
  let text: string
  try {
    text = machine.read(path)?.toString('latin1') ?? ''
  } catch {
    return []
  }
  const number = text.split('\n').findIndex((line) => isOf(key, line))
  return number < 0 ? [] : [`${path}:${number + 1} of this machine has ${displayed(key.typed)}: programs get that one`]
}

/** Whether a line of a file has the key. */
function isOf({ database, typed }: SearchedKey, line: string): boolean {
  if (['passwd', 'group', 'shadow'].includes(database)) {
    const [name, , id] = line.split(':')
    return name === typed || (database !== 'shadow' && id === typed)
  }
  const words = line
    .replace(/#.*/s, '')
    .split(/[ \t\r]+/)
    .filter((word) => word !== '')
  if (database === 'netgroup') return words[0] === typed
  const mac = database === 'ethers' ? parseMac(typed) : undefined
  return words.some((word) => {
    const other = mac === undefined ? undefined : parseMac(word)
    return other === undefined || mac === undefined ? foldCase(word) === foldCase(typed) : macKey(other) === macKey(mac)
  })
}

/** What programs of this machine get for a key. Waits some seconds for it at most. */
export function systemAnswer(machine: Machine, { database, typed }: SearchedKey): SystemAnswer {
  const { code, stdout } = machine.run('timeout', [String(PATIENCE), 'getent', '--', database, displayed(typed)])
  const outcome = (Object.keys(EXITS) as (keyof typeof EXITS)[]).find((name) => EXITS[name] === code) ?? 'unknown'
  return { outcome, text: stdout }
}
