/**
 * Runs test files, several at a time, and writes what they say as one stream of TAP. Usage: run.ts [--jobs=N] [--timeout=SECONDS]
 * [--in-turn=BEGINNING] [--patience=SECONDS] [FILE...]; what is not given is as .taprc has it. What outlives its file for longer than this patience is killed,
 * and is a failure. Files whose paths have that beginning run one after the
 * other, beside the rest. tap itself would load its measuring of coverage into each process, and into each program that a test
 * starts: that costs more than most files do. Here a test file is a plain process of Node, which finds what an earlier one has compiled.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import t from 'tap'
import { endLeftovers, type FileProcesses, killLeftovers, MARK } from './leftovers/leftovers.ts'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: setting('jobs') },
    timeout: { type: 'string', default: setting('timeout') },
    'in-turn': { type: 'string' },
    patience: { type: 'string', default: '10' },
  },
})

/** A number of .taprc. */
function setting(name: string): string {
  const value = new RegExp(`^${name}: (\\d+)$`, 'm').exec(readFileSync(join(root, '.taprc'), 'utf8'))?.[1]
  if (value === undefined) throw new Error(`.taprc has no number ${name}`)
  return value
}

/** The paths of the files that tap would run. */
function listed(): string[] {
  const said = execFileSync(join(root, 'node_modules/.bin/tap'), ['list', ...positionals], {
    cwd: root,
    encoding: 'utf8',
  })
  return said.split('\n').filter((line) => line.endsWith('.ts'))
}

/** What each process runs first. In a file of its own it would have to be compiled each time. A program that a test starts gets it only
 *  with the arguments of Node that the test has. */
function keepingCompiled(): string {
  const folder = JSON.stringify(join(root, 'build/compiled'))
  return `data:text/javascript,${encodeURIComponent(`import { enableCompileCache } from 'node:module'; enableCompileCache(${folder})`)}`
}

/** Runs one file; resolves when it has ended. What spawn() returns waits for the output of all that began before, too. */
async function ran(file: string): Promise<void> {
  const ended = new Promise<FileProcesses | undefined>((resolve) => endings.set(file, resolve))
  const words = [process.execPath, `--import=${keepingCompiled()}`, join(root, file)]
  const began = performance.now()
  // spawn() of tap adds the measuring by this variable.
  void t.spawn('setsid', ['env', '-u', 'NODE_OPTIONS', `${MARK}=${markOf(file)}`, ...words], {
    name: file,
    at: null,
    stack: '',
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: values.timeout },
    stdio: 'inherit',
    timeout: Number(values.timeout) * 1000,
    buffered: Number(values.jobs) > 1,
  })
  const of = await ended
  if (of === undefined) return
  // Who is over time has had time enough.
  const isLate = performance.now() - began >= Number(values.timeout) * 1000
  const left = await endLeftovers(of, isLate ? 0 : Number(values.patience) * 1000)
  if (left.length === 0 || isLate) return
  const commands = left.map(({ command }) => command).sort()
  t.comment(`${file} left processes: ${commands.join('; ')}`)
  outlived.set(file, commands)
}

/** What tells the processes of a file from those of any other run. */
function markOf(file: string): string {
  return `${process.pid} ${file}`
}

/** Whether this file waits for those of its kind. */
function isInTurn(file: string): boolean {
  return values['in-turn'] !== undefined && file.startsWith(values['in-turn'])
}

/** Runs one of these files after the other until none is left that it may run, and takes them from the list. */
async function work(waiting: string[]): Promise<void> {
  for (;;) {
    const next = waiting.findIndex((file) => !(turnIsTaken && isInTurn(file)))
    const [file] = next < 0 ? [] : waiting.splice(next, 1)
    if (file === undefined) return
    if (isInTurn(file)) turnIsTaken = true
    await ran(file)
    if (isInTurn(file)) turnIsTaken = false
  }
}

t.setTimeout(0)
if (process.stdout.isTTY) {
  const shown = spawn(join(root, 'node_modules/.bin/tap'), ['-'], { stdio: ['pipe', 'inherit', 'inherit'] })
  t.pipe(shown.stdin)
}
const files = listed()
let turnIsTaken = false
const endings = new Map<string, (of: FileProcesses | undefined) => void>()
/** The files that ended and left processes, with the command lines of these. */
const outlived = new Map<string, readonly string[]>()
const running = new Map<ChildProcess, FileProcesses | undefined>()
t.on('spawn', (spawned) => {
  spawned.once('process', (child: ChildProcess) => {
    // A session is led by the process that began it.
    const of = child.pid === undefined ? undefined : { session: child.pid, mark: markOf(spawned.name) }
    running.set(child, of)
    child.once('exit', () => {
      running.delete(child)
      endings.get(spawned.name)?.(of)
    })
  })
})
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // One that is busy hears nothing milder, and would outlive us.
    for (const child of running.keys()) child.kill('SIGKILL')
    for (const of of running.values()) if (of !== undefined) killLeftovers(of)
    process.kill(process.pid, signal)
  })
}
// The last one is that no file left a process.
t.plan(files.length + 1)
// The workers keep to the number of jobs.
t.jobs = files.length
const waiting = [...files.filter(isInTurn), ...files.filter((file) => !isInTurn(file))]
await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(waiting)))
t.same(Object.fromEntries(outlived), {}, 'no file left a process')
