import { readFileSync } from 'node:fs'

/**
 * The gid of the group that may read shadow entries: Debian's unix_chkpwd is setgid shadow. Undefined where there is none,
 * or where we are not root and could not give it anything. Read from the file: the name service might be us.
 */
export function shadowGroup(uid: number, groupFile = '/etc/group'): number | undefined {
  if (uid !== 0) return undefined
  const match = /^shadow:[^:\n]*:(\d+):/m.exec(readFileSync(groupFile, 'latin1'))
  return match === null ? undefined : Number(match[1])
}
