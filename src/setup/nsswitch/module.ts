/** Whether the C library of a machine finds the module: nsswitch.conf may name it only then. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import { MODULE } from './databases.ts'

/** Where the dynamic loader looks (ld.so(8)) in images: the folders, and those of each architecture in them (Debian's multiarch). */
const LIBRARY_FOLDERS = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'] as const

const WHAT_TO_DO =
  'install the module first: the package libnss-kickback, or make -C src/nss install (docs/module.md), and then run this again'

/** Why the module can't be loaded, and what to do; undefined if it can. */
export function moduleFault(machine: Machine): string | undefined {
  if (!machine.isThis) {
    return isInImage(machine)
      ? undefined
      : `there is no ${MODULE} in the library folders of ${machine.root}: ${WHAT_TO_DO}`
  }
  // The loader itself says what it can't load: another architecture and a missing library of the module are told too.
  const { stderr } = machine.run('true', [], { LD_PRELOAD: MODULE })
  const complaint = stderr.split('\n').find((line) => line.includes(MODULE))
  if (complaint === undefined) return undefined
  return `the C library cannot load ${MODULE}${inBrackets(complaint)}: ${WHAT_TO_DO}`
}

/** The loader's own reason, which it gives in brackets: ` (cannot open shared object file)`. */
function inBrackets(complaint: string): string {
  const [, reason] = /\(([^()]+)\)[^()]*$/.exec(complaint) ?? []
  return reason === undefined ? '' : ` (${reason})`
}

function isInImage(machine: Machine): boolean {
  return LIBRARY_FOLDERS.some((folder) => {
    const at = machine.at(machine.resolved(folder))
    if (!existsSync(at)) return false
    return [at, ...readdirSync(at).map((name) => join(at, name))].some((one) => existsSync(join(one, MODULE)))
  })
}
