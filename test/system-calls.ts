/** The system calls of a script, by strace(1): what is on disk after a crash only they tell. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The calls that decide what a crash leaves: syncs, new names, and writes, each as strace prints it with paths (-y). */
const CALLS = 'fsync,fdatasync,rename,renameat,renameat2,link,linkat,pwrite64,write'

/**
 * Runs TypeScript (imports are relative to the repository) and gives its calls in order, each as `NAME PATHS`, those alone
 * whose paths lie in `folder`, which is left out of them. `faults` are calls that fail, as strace's inject= takes them.
 */
export function systemCalls(script: string, folder: string, ...faults: readonly string[]): string[] {
  const trace = join(folder, 'trace')
  const node = ['--input-type=module-typescript', '--no-warnings', '--eval', script]
  const args = [
    // One thread makes all calls, since strace counts those that are to fail by thread.
    '-E',
    'UV_THREADPOOL_SIZE=1',
    '-f',
    '-y',
    '-qq',
    '-e',
    `trace=${CALLS}`,
    '-e',
    'signal=none',
    ...faults.flatMap((fault) => ['-e', `inject=${fault}`]),
    '-o',
    trace,
    process.execPath,
    ...node,
  ]
  const { status, stderr } = spawnSync('strace', args, { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' })
  if (status !== 0) throw new Error(`strace ended with ${status}: ${stderr}`)
  const lines = readFileSync(trace, 'latin1').split('\n')
  return lines.flatMap((line) => {
    const name = /^\d+ +([a-z0-9]+)\(/.exec(line)?.[1]
    // Of a write only the file is of interest, not what is in it.
    const paths = [...line.matchAll(/[<"](\/[^>"]*?)(?: \(deleted\))?[>"]/g)].map(([, path = '']) => path)
    const inside = (name?.includes('write') ? paths.slice(0, 1) : paths).filter((path) => path.startsWith(folder))
    return name === undefined || inside.length === 0
      ? []
      : [`${name} ${inside.map((path) => path.slice(folder.length) || '/').join(' ')}`]
  })
}
