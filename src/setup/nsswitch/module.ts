/** Whether the C library of a machine finds the module: nsswitch.conf may name it only then. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Machine } from '../machine.ts'
import { ownFile } from '../own-files.ts'
import { MODULE } from './databases.ts'

/** Where the dynamic loader looks (ld.so(8)) in images: the folders, and those of each architecture in them (Debian's multiarch). */
const LIBRARY_FOLDERS = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'] as const

/** How this installation has the module: by a package of the distribution, or to be put there by make. */
function whatToDo(): string {
  const makefile = ownFile('src/nss/Makefile')
  const how = makefile === undefined ? 'the package libnss-kickback' : `make -C ${dirname(makefile)} install`
  const guide = ownFile('docs/module.md')
  return `install the module first: ${how}${guide === undefined ? '' : ` (${guide})`}, and then run this again`
}

/** Why the module can't be loaded, and what to do; undefined if it can. */
export function moduleFault(machine: Machine): string | undefined {
  if (!machine.isThis) {
    return isInImage(machine)
      ? undefined
      : `there is no ${MODULE} in the library folders of ${machine.root}: ${whatToDo()}`
  }
  // The loader itself says what it can't load: another architecture and a missing library of the module are told too.
  const { stderr } = machine.run('true', [], { variables: { LD_PRELOAD: MODULE } })
  const complaint = stderr.split('\n').find((line) => line.includes(MODULE))
  if (complaint === undefined) return undefined
  return `the C library cannot load ${MODULE}${inBrackets(complaint)}: ${whatToDo()}`
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
