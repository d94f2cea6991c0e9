// A master started as a user of a distribution's package would start it: kickback serve, in a scratch directory, on free ports of loopback.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { builtMain } from '../built.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

builtMain()

/** The checkout. */
export const root = join(import.meta.dirname, '../..')

/** What a command printed and how it ended; a command that was killed has code -1. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A running daemon, and the means to ask it. */
export interface Served {
  /** The scratch directory; holds examples/ and run/. */
  readonly dir: string
  readonly runDir: string
  readonly port: number
  readonly dnsPort: number
  readonly daemon: ChildProcess
  /** What a user would export to reach it: PATH, LD_LIBRARY_PATH, KICKBACK_RUN_DIR. */
  readonly env: NodeJS.ProcessEnv
  /** Runs a command in `dir` with `env`. */
  run(command: string, ...args: readonly string[]): Outcome
  /** Everything that the daemon has printed. */
  log(): string
  /** Ends the daemon with a signal and waits for its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** The environment in which the checkout's commands and module are found. */
export function environment(runDir: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(root, 'build/program/bin')}:${join(root, 'bin')}:${process.env.PATH}`,
    LD_LIBRARY_PATH: join(root, 'build'),
    KICKBACK_RUN_DIR: runDir,
    LC_ALL: 'C.UTF-8',
  }
}

/** Runs a command to its end, for two minutes at most: a loaded machine takes long to compile. */
export function runIn(cwd: string, env: NodeJS.ProcessEnv, command: string, args: readonly string[]): Outcome {
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 })
  if (done.error !== undefined && done.pid === 0) throw done.error
  return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr }
}

/**
 * Starts `kickback serve` over a copy of examples/ (or over the files in `dir`, laid out like it) and waits until it
 * answers; `program` starts another build of it. Ends with the test. Fails the test with the daemon's log if it does not come up.
 */
export async function serve(
  t: Test,
  options: { dir?: string; args?: readonly string[]; program?: string } = {},
): Promise<Served> {
  const dir = options.dir ?? folder(t)
  if (options.dir === undefined) cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  const [port, dnsPort] = [await freePort(), await freePort()]
  const runDir = join(dir, 'run')
  const env = environment(runDir)
  const files = ['config', 'passwd', 'group', 'shadow', 'networks'].flatMap((name) => [`--${name}`, `examples/${name}`])
  const places = ['--run-dir', 'run', '--state-dir', 'state']
  const doors = ['--listen', `127.0.0.1:${port}`, '--dns', `127.0.0.1:${dnsPort}`]
  const all = ['serve', ...files, ...places, ...doors, ...(options.args ?? [])]
  const daemon = spawn(options.program ?? join(root, 'build/program/bin/kickback'), all, {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [daemon.stdout, daemon.stderr])
    stream.on('data', (bytes: Buffer) => printed.push(bytes.toString()))
  const ended = new Promise<number | null>((resolve) => daemon.on('exit', (code) => resolve(code)))
  const served: Served = {
    dir,
    runDir,
    port,
    dnsPort,
    daemon,
    env,
    run: (command, ...args) => runIn(dir, env, command, args),
    log: () => printed.join(''),
    end: (signal) => {
      daemon.kill(signal)
      return ended
    },
  }
  t.teardown(async () => {
    const code = await served.end('SIGKILL')
    if (!t.passing()) t.comment(`the daemon ended with ${code ?? 'a signal'}, and said:\n${served.log()}`)
  })
  await answering(served)
  return served
}

async function answering(served: Served): Promise<void> {
  const answers = (): boolean => {
    const { code, stdout } = served.run('kickback', 'status', '--json', '--run-dir', served.runDir)
    // DNS is a process of its own: it answers a little later than the sockets.
    return [0, 3].includes(code) && JSON.parse(stdout).dns.length > 0
  }
  const hasEnded = (): boolean => served.daemon.exitCode !== null
  await until(() => hasEnded() || answers(), 'the master answers')
  if (hasEnded()) throw new Error(`the master does not answer; it said:\n${served.log()}`)
}
