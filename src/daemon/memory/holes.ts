/** Holes in files, by the module that the allocator is in too. */
import { createRequire } from 'node:module'
import type { Punch } from '../../kickback/index.ts'

/** The module that is built from allocator.c and holes.c: package.json says where it lies. */
const MODULE = '#allocator'

/** What frees parts of files. Undefined where the module can't be loaded, or is of an earlier release: then a program does it. */
export function holePuncher(load = loadModule): Punch | undefined {
  try {
    return load().punch
  } catch {
    return undefined
  }
}

function loadModule(): { readonly punch?: Punch } {
  return createRequire(import.meta.url)(MODULE) as { readonly punch?: Punch }
}
