/** The group that may read shadow entries. */
import { readFileSync } from 'node:fs'
import { isMapped } from '../id-map.ts'

/**
 * The gid of the group that may read shadow entries: Debian's unix_chkpwd is setgid shadow. Undefined if there is none,
 * or where we could not give it anything: we are not root, or the user namespace does not have the group (a container).
 * Read from the file: the name service might be us.
 */
export function shadowGroup(uid: number, groupFile = '/etc/group', mapFile = '/proc/self/gid_map'): number | undefined {
  if (uid !== 0) return undefined
  const match = /^shadow:[^:\n]*:(\d+):/m.exec(readFileSync(groupFile, 'latin1'))
  return match !== null && isMapped(Number(match[1]), mapFile) ? Number(match[1]) : undefined
}
