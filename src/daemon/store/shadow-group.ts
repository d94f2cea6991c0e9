/** The group that may read shadow entries. */
import { readFileSync } from 'node:fs'

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

/** Whether a gid is one of this user namespace (user_namespaces(7)): chown(2) to another one is refused. */
function isMapped(gid: number, mapFile: string): boolean {
  const lines = readFileSync(mapFile, 'latin1').trim().split('\n')
  return lines.some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return gid >= inside && gid < inside + count
  })
}
