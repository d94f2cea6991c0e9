/** The text of passwd(5) to entries. */
import type { PasswdEntry } from '../databases/passwd.ts'
import {
  type AccountDiagnostics,
  type AccountEntry,
  type AccountLine,
  checkFields,
  fieldOf,
  parseId,
  quoted,
  readEntries,
  stringsFit,
} from './lines.ts'

const FIELDS = 7

/**
 * The users of a passwd file, in order. As for the C library, fields that are missing after the gid are empty; a line with a
 * colon too many, which it gives to the shell, is malformed. pw_passwd is always `*`.
 */
export function readPasswd(bytes: Uint8Array, diagnostics: AccountDiagnostics): AccountEntry<PasswdEntry>[] {
  return readEntries(bytes, diagnostics, passwdEntry)
}

function passwdEntry(line: AccountLine, diagnostics: AccountDiagnostics): PasswdEntry | undefined {
  const fields = line.text.split(':')
  const [name = '', , uidText, gidText, gecos = '', dir = '', shell = ''] = fields
  if (name === '' || uidText === undefined || gidText === undefined || fields.length > FIELDS) {
    diagnostics.report('account-malformed', line.span, 'this line is not name:password:uid:gid:gecos:directory:shell')
    return undefined
  }
  const uid = parseId(uidText)
  const gid = parseId(gidText)
  if (uid === undefined || gid === undefined) {
    const field = uid === undefined ? 2 : 3
    diagnostics.report('account-number', fieldOf(line, field), `${quoted(fields[field] ?? '')} is not an id`)
    return undefined
  }
  checkFields(line, FIELDS, diagnostics)
  const passwd = '*'
  if (!stringsFit(line, [name, passwd, gecos, dir, shell], diagnostics)) return undefined
  return { name, passwd, uid, gid, gecos, dir, shell }
}
