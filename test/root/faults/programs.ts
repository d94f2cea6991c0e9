/** The C programs of this folder, compiled once in a process. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT } from '../../nss/programs.ts'

const FOLDER = join(ROOT, 'build/test-faults')
const done = new Map<string, string>()

/** The path of what a source compiles to; `shared`: a library that is preloaded. */
export function compiled(source: string, shared = false): string {
  const known = done.get(source)
  if (known !== undefined) return known
  const out = join(FOLDER, basename(source, '.c') + (shared ? '.so' : ''))
  mkdirSync(FOLDER, { recursive: true })
  const words = ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', ...(shared ? ['-shared', '-fPIC'] : [])]
  // Another process may be running the one that is there.
  const draft = `${out}.${process.pid}`
  execFileSync('cc', [...words, '-o', draft, source], { stdio: ['ignore', 'ignore', 'inherit'] })
  renameSync(draft, out)
  done.set(source, out)
  return out
}
