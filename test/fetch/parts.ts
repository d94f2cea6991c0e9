/** Parts of `kickback-fetch` by themselves: its functions in a shell, without a run. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { folder, type Tap } from '../folder.ts'
import { SCRIPT } from './fetching.ts'

/** The last line, which starts it all. */
const START = '\nmain "$@"\n'

/**
 * Runs shell code that may call the functions of the script, in a folder of its own that is `$work`. Gives its lines. Rejects by throwing
 * where the code ends with another code than 0.
 */
export function inParts(
  t: Tap,
  code: string,
  input: string | Uint8Array = '',
  shell: readonly string[] = ['dash'],
): string[] {
  const script = readFileSync(SCRIPT, 'latin1')
  if (!script.endsWith(START)) throw new Error(`${SCRIPT} does not end as it should`)
  const begin = `work=${folder(t)}\nhas_rawin=1 has_sha256sum=1\n`
  const [command = 'sh', ...words] = shell
  // bash is told that it has begun again: there is no file that it could begin again with.
  const run = spawnSync(
    command,
    [...words, '-c', `${script.slice(0, -START.length)}\n${begin}${code}`, SCRIPT, '--bare'],
    {
      input,
      maxBuffer: 1 << 26,
    },
  )
  if (run.status !== 0) throw new Error(`the shell ended with ${run.status ?? run.signal}: ${run.stderr}`)
  return run.stdout.toString('latin1').split('\n').slice(0, -1)
}
