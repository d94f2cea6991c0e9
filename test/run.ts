/**
 * Runs test files, several at a time, and writes what they say as one stream of TAP. Usage: run.ts [--jobs=N] [--timeout=SECONDS]
 * [--in-turn=BEGINNING] [FILE...]; what is not given is as .taprc has it. Files whose paths have that beginning run one after the
 * other, beside the rest. tap itself would load its measuring of coverage into each process, and into each program that a test
 * starts: that costs more than most files do. Here a test file is a plain process of Node, which finds what an earlier one has compiled.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: setting('jobs') },
    timeout: { type: 'string', default: setting('timeout') },
    'in-turn': { type: 'string' },
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
  const ended = new Promise<void>((resolve) => endings.set(file, resolve))
  const words = [process.execPath, `--import=${keepingCompiled()}`, join(root, file)]
  // spawn() of tap adds the measuring by this variable.
  void t.spawn('env', ['-u', 'NODE_OPTIONS', ...words], {
    name: file,
    at: null,
    stack: '',
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: values.timeout },
    stdio: 'inherit',
    timeout: Number(values.timeout) * 1000,
    buffered: Number(values.jobs) > 1,
  })
  await ended
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
const endings = new Map<string, () => void>()
const running = new Set<ChildProcess>()
t.on('spawn', (spawned) => {
  spawned.once('process', (child: ChildProcess) => {
    running.add(child)
    child.once('exit', () => {
      running.delete(child)
      endings.get(spawned.name)?.()
    })
  })
})
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal)
    process.kill(process.pid, signal)
  })
}
t.plan(files.length)
// The workers keep to the number of jobs.
t.jobs = files.length
const waiting = [...files.filter(isInTurn), ...files.filter((file) => !isInTurn(file))]
await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(waiting)))
