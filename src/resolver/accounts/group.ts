/** The text of group(5) to entries, and the groups of each user. */
import type { GroupEntry } from '../databases/group.ts'
import type { InitgroupsEntry } from '../databases/initgroups.ts'
import { RECORD_MAX } from '../layout.ts'
import type { ByteString } from '../records/entries.ts'
import {
  type AccountDiagnostics,
  type AccountEntry,
  type AccountLine,
  checkFields,
  fieldOf,
  parseId,
  quoted,
  readEntries,
} from './lines.ts'

const FIELDS = 4

/** The groups of a group file, in order, read as the C library does. gr_passwd is always `*`. */
export function readGroup(bytes: Uint8Array, diagnostics: AccountDiagnostics): AccountEntry<GroupEntry>[] {
  return readEntries(bytes, diagnostics, groupEntry)
}

function groupEntry(line: AccountLine, diagnostics: AccountDiagnostics): GroupEntry | undefined {
  const fields = line.text.split(':')
  const [name = '', , gidText, members = ''] = fields
  if (name === '' || gidText === undefined || fields.length > FIELDS) {
    diagnostics.report('account-malformed', line.span, 'this line is not name:password:gid:members')
    return undefined
  }
  const gid = parseId(gidText)
  if (gid === undefined) {
    diagnostics.report('account-number', fieldOf(line, 2), `${quoted(gidText)} is not an id`)
    return undefined
  }
  checkFields(line, FIELDS, diagnostics)
  const entry = { name, passwd: '*', gid, members: memberNames(members) }
  return fits(entry) ? entry : tooLong(line, diagnostics)
}

/** The names of a list with commas, without white space before each and without empty ones. */
function memberNames(list: ByteString): ByteString[] {
  return list
    .split(',')
    .map((name) => name.trimStart())
    .filter((name) => name !== '')
}

/** Whether the record stays below what one reply can carry. Each member takes an offset and a NUL beside its name. */
function fits({ name, members }: GroupEntry): boolean {
  let length = name.length + 64
  for (const member of members) length += member.length + 5
  return length <= RECORD_MAX
}

function tooLong(line: AccountLine, diagnostics: AccountDiagnostics): undefined {
  diagnostics.report('account-too-long', line.span, `the record would have more than ${RECORD_MAX} bytes`)
  return undefined
}

/** For each name that is a member of these groups: their gids in order, each once. Names in the order of first mention. */
export function initgroupsEntries(groups: readonly GroupEntry[]): InitgroupsEntry[] {
  const gids = new Map<ByteString, Set<number>>()
  for (const { gid, members } of groups) {
    for (const member of members) {
      const known = gids.get(member)
      if (known === undefined) gids.set(member, new Set([gid]))
      else known.add(gid)
    }
  }
  return Array.from(gids, ([name, set]) => ({ name, gids: [...set] }))
}
