/** A master of these measurements: its start, its end, and how soon the module tells what was changed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Change } from './data.ts'
import { cpuOf, memoryOf, treeOf } from './processes.ts'

const PORT = process.env.PORT ?? '15700'
const root = join(import.meta.dirname, '../..')
const PROGRAM = process.env.KICKBACK_MAIN ?? join(root, 'dist/cli/main.js')
/** Where all of it is, until this process ends. */
export const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-reload-'))
const watch = join(folder, 'watch')
/** How long a master may take until it serves, in seconds. */
const PATIENCE = 300
/** The masters that run. */
const running = new Set<ChildProcess>()

/** Seconds of CLOCK_MONOTONIC. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e9

/** The middle one of some numbers. */
export const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN

/** A master that serves the files of a folder. */
export interface Master {
  readonly child: ChildProcess
  readonly pid: number
  readonly folder: string
  /** Processor time until it served, and the memory at the most until then. */
  readonly start: { readonly seconds: number; readonly cpu: number; readonly peak: number }
}

/** Samples the memory of a process and those below it until `end` is called; then it tells the most. */
export function sampled(pid: number): { readonly end: () => number } {
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(treeOf(pid)))
  }, 25)
  return {
    end: () => {
      clearInterval(timer)
      return most
    },
  }
}

/** Starts a master over the files in a folder, with these options of Node and words of its own; it serves then. */
export async function started(
  own: string,
  options: readonly string[] = [],
  more: readonly string[] = [],
): Promise<Master> {
  for (const name of ['run', 'state', 'profiles']) mkdirSync(join(own, name), { recursive: true, mode: 0o755 })
  const files = ['config', 'passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, join(own, 'files', name)])
  const words = [
    ...['serve', ...files, '--login-defs', join(own, 'files/login.defs'), '--listen', `127.0.0.1:${PORT}`],
    ...['--run-dir', join(own, 'run'), '--state-dir', join(own, 'state'), '--log-format', 'json', ...more],
  ]
  const begun = now()
  // Both as the unit files have them.
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' }
  const child = spawn(process.execPath, [...options, PROGRAM, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  running.add(child)
  const pid = child.pid ?? 0
  const memory = sampled(pid)
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-20_000)
  })
  const path = join(own, 'run/socket')
  while (!isThere(path)) {
    if (child.exitCode !== null || now() > begun + PATIENCE) throw new Error(`the master does not start: ${log}`)
    await pause(5)
  }
  const start = { seconds: now() - begun, cpu: cpuOf(treeOf(pid)), peak: memory.end() }
  return { child, pid, folder: own, start }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Ends a master, and waits for it. */
export async function ended({ child }: Master): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
  running.delete(child)
}

/** The module, asked without an end for what a change brings, since this resolved. */
export async function watched(
  master: Master,
  { database, key }: Change,
): Promise<{ readonly answered: () => Promise<number> }> {
  const env = { ...process.env, KICKBACK_RUN_DIR: join(master.folder, 'run'), LD_LIBRARY_PATH: join(root, 'build') }
  const watcher = spawn(watch, [database, key], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(watcher.stdout)[Symbol.asyncIterator]()
  await lines.next()
  return { answered: async () => Number((await lines.next()).value) }
}

execFileSync('cc', ['-O2', '-w', '-o', watch, join(import.meta.dirname, 'watch.c')])
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
