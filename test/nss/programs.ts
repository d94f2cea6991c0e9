/** The module, and the C programs of test/nss/programs, built as the tests want them. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAMS = join(ROOT, 'test/nss/programs')

/** How module and program are built: as users have them, instrumented, or for 32-bit programs (multilib). */
export type Variant = 'plain' | 'address' | 'thread' | 'narrow'

const FLAGS: Readonly<Record<Variant, string>> = {
  plain: '-O2',
  address: '-O1 -fsanitize=address,undefined -fno-sanitize-recover=all',
  thread: '-O1 -fsanitize=thread',
  narrow: '-O2 -m32',
}

/** What of this is missing on this machine, as a reason to skip; false: nothing. */
export function missing(...commands: readonly string[]): string | false {
  const absent = commands.filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0)
  return absent.length === 0 ? false : `needs ${absent.join(', ')}`
}

/** What is needed to build module and programs, missing or not. */
export const noCompiler: string | false = missing('cc', 'make', 'flock')

/** Why nothing can be built and run for 32-bit programs on this machine; false: it can. */
export function noNarrow(): string | false {
  if (noCompiler !== false) return noCompiler
  const out = built('narrow', `probe.${process.pid}`)
  mkdirSync(built('narrow', ''), { recursive: true })
  const run = spawnSync('cc', ['-m32', '-x', 'c', '-o', out, '-'], { input: 'int main(void){return 0;}' })
  const runs = run.status === 0 && spawnSync(out).status === 0
  return runs ? false : 'needs Debian package gcc-multilib, and a kernel that runs 32-bit programs'
}

const built = (variant: Variant, name: string): string => join(ROOT, 'build/test-nss', variant, name)

/** Runs a command under a lock, since test files run side by side. */
function locked(command: string, ...args: readonly string[]): void {
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  execFileSync('flock', [join(ROOT, 'build/.test-nss.lock'), command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** What was built already in this process. */
const done = new Map<string, string>()

/** Builds once in a process. */
function once(what: string, build: () => string): string {
  const path = done.get(what) ?? build()
  done.set(what, path)
  return path
}

/** The path of the module, built. */
export function builtModule(variant: Variant = 'plain', compiler = 'cc'): string {
  return once(`module ${variant} ${compiler}`, () => makeModule(variant, compiler))
}

function makeModule(variant: Variant, compiler: string): string {
  const out = variant === 'plain' ? join(ROOT, 'build') : built(variant, compiler)
  const flags = variant === 'plain' ? [] : [`CC=${compiler}`, `CFLAGS=${FLAGS[variant]}`]
  locked('make', '-s', '-j2', '-C', join(ROOT, 'src/nss'), `OUT=${out}`, ...flags)
  return join(out, 'libnss_kickback.so.2')
}

/** The path of a program of test/nss/programs, built with call.c where it wants that. */
export function builtProgram(name: string, variant: Variant = 'plain', ...sources: readonly string[]): string {
  return once(`${name} ${variant}`, () => compileProgram(name, variant, sources))
}

function compileProgram(name: string, variant: Variant, sources: readonly string[]): string {
  const out = built(variant, name)
  mkdirSync(built(variant, ''), { recursive: true })
  const files = [`${name}.c`, ...sources].map((file) => join(PROGRAMS, file))
  const flags = ['-std=gnu11', '-D_GNU_SOURCE', '-g', '-pthread', '-Wall', '-Wextra', ...FLAGS[variant].split(' ')]
  // Another file's process may be running the one that is there: it stays whole until the new one takes its name.
  const draft = `${out}.${process.pid}`
  locked('cc', ...flags, '-o', draft, ...files, '-ldl')
  renameSync(draft, out)
  return out
}

/** The environment of a program that uses the module of this variant on this run dir. */
export function environment(runDir: string, variant: Variant = 'plain'): NodeJS.ProcessEnv {
  const module = builtModule(variant)
  return {
    PATH: process.env.PATH,
    KICKBACK_MODULE: module,
    KICKBACK_RUN_DIR: runDir,
    LD_LIBRARY_PATH: join(module, '..'),
    // What glibc itself keeps until exit is no leak of ours; a fault must not wait for one.
    ASAN_OPTIONS: 'detect_leaks=0:handle_segv=1',
    TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
  }
}

/** Asks the module in one process: a command a line, as test/nss/programs/asker.c takes them; gives its lines. */
export function asked(runDir: string, lines: readonly string[], variant: Variant = 'plain'): string[] {
  const asker = builtProgram('asker', variant, 'call.c')
  const input = Buffer.from(`${lines.join('\n')}\n`, 'latin1')
  const run = spawnSync(asker, { input, env: environment(runDir, variant), maxBuffer: 1 << 28, timeout: 60_000 })
  if (run.status !== 0) throw new Error(`asker ended with ${run.status ?? run.signal}: ${run.stderr}`)
  return run.stdout.toString('latin1').split('\n').slice(0, -1)
}

/** One answer of `ask`, taken apart. */
export interface Answer {
  readonly status: string
  readonly error: number
  readonly hostError: number
  readonly text: string
}

/** A line of the asker as an answer. */
export function answerOf(line = ''): Answer {
  const [status = '', error = '', hostError = '', ...rest] = line.split(' ')
  return { status, error: Number(error), hostError: Number(hostError), text: rest.join(' ') }
}

/** Runs a program to its end and gives what it printed as tests: `ok TITLE` and `not ok TITLE: why`. */
export function results(run: SpawnSyncReturns<Buffer>): { ok: boolean; title: string }[] {
  const lines = run.stdout.toString('utf8').split('\n')
  const titles = lines.flatMap((line) => {
    const match = /^(not )?ok (.*)$/.exec(line)
    return match === null ? [] : [{ ok: match[1] === undefined, title: match[2] ?? '' }]
  })
  if (run.status === 0 && titles.length > 0) return titles
  return [...titles, { ok: false, title: `ended with ${run.status ?? run.signal}: ${run.stderr.toString('utf8')}` }]
}

/** Whether a file is there. */
export function isThere(path: string): boolean {
  return existsSync(path)
}
