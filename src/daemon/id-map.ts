/** The ids that there are in this user namespace (user_namespaces(7)): others can be given nothing, and nobody can become them. */
import { readFileSync } from 'node:fs'

/** Whether a uid or gid is one of this namespace; `mapFile` is its map, as /proc/self/uid_map. */
export function isMapped(id: number, mapFile: string): boolean {
  const lines = readFileSync(mapFile, 'latin1').trim().split('\n')
  return lines.some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return id >= inside && id < inside + count
  })
}
