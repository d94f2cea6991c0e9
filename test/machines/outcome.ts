/** What a command printed and how it ended, once it has ended. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import type { Outcome } from '../end-to-end/served.ts'

/** Gives a command its standard input, and waits for its end. Rejects where it could not be started; one that was killed has code -1. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams, stdin: string | Uint8Array): Promise<Outcome> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (bytes: Buffer) => {
      said[stream] += bytes.toString()
    })
  }
  // One that ends without reading it all is none of our errors.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : -1, ...said }
}
