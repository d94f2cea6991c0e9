/** The module of a file, asked by the C program of test/nss: one process that asks, and is no child of who answers. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { builtProgram } from '../nss/programs.ts'

/** What the module at a path answers in a run dir: the lines of test/nss/programs/asker.c for these lines. */
export async function askedOf(module: string, runDir: string, lines: readonly string[]): Promise<readonly string[]> {
  const asker = builtProgram('asker', 'plain', 'call.c')
  const env = {
    PATH: process.env.PATH,
    KICKBACK_MODULE: module,
    KICKBACK_RUN_DIR: runDir,
    LD_LIBRARY_PATH: join(module, '..'),
  }
  // The module does not ask its own parent, which waits for it: a shell stands between where the test itself answers.
  const child = spawn('sh', ['-c', '"$0"; exit $?', asker], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const printed: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => printed.push(bytes))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.stdin.end(Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
  const code = await ended
  if (code !== 0) throw new Error(`the asker ended with ${code}`)
  return Buffer.concat(printed).toString('latin1').split('\n').slice(0, -1)
}
