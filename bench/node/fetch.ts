/**
 * What `kickback-fetch` has in memory while it runs: node bench/node/fetch.ts [--users N] [--nodes N]. One master, and the script in place of a proxy: it fetches the whole
 * snapshot, then looks whether there is anything new, then waits for news. Prints a table; README.md in this folder tells how to read it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ClusterFiles } from '../herd/cluster.ts'
import { keyFileOf } from '../herd/daemons.ts'
import { bounded } from '../time-limit.ts'

const { values } = parseArgs({
  options: { users: { type: 'string', default: '100000' }, nodes: { type: 'string', default: '100000' } },
})
const root = join(import.meta.dirname, '../..')
const SCRIPT = join(root, 'packaging/fetch/kickback-fetch')
/** Ports that no other service has. */
const [PLACE, OBJECTS] = ['127.0.0.1:23045', '127.0.0.1:23047']
/** How often the memory is looked at, and how long news are waited for, in milliseconds. */
const [EVERY, WAITED] = [2, 5_000]

/** What processes have, in KiB: RSS with all that they share, their part of that, and what is in memory of their own (proc_pid_smaps(5)). */
interface Memory {
  readonly rss: number
  readonly pss: number
  readonly anonymous: number
}

/** The most that was seen, of all together and of each command. */
class Peak {
  all: Memory = { rss: 0, pss: 0, anonymous: 0 }
  readonly each = new Map<string, Memory>()

  look(session: number): void {
    let sum: Memory = { rss: 0, pss: 0, anonymous: 0 }
    for (const pid of processesOf(session)) {
      const found = memoryOf(pid)
      if (found === undefined) continue
      sum = { rss: sum.rss + found.rss, pss: sum.pss + found.pss, anonymous: sum.anonymous + found.anonymous }
      const command = read(pid, 'comm').trim()
      this.each.set(command, most(found, this.each.get(command)))
    }
    this.all = most(sum, this.all)
  }
}

function most(one: Memory, other: Memory = one): Memory {
  const of = (name: keyof Memory): number => Math.max(one[name], other[name])
  return { rss: of('rss'), pss: of('pss'), anonymous: of('anonymous') }
}

function processesOf(session: number): readonly number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  // After the name stand the state, the parent, the group and the session (proc_pid_stat(5)).
  return all.filter(
    (pid) =>
      Number(
        read(pid, 'stat')
          .replace(/^.*\) /s, '')
          .split(' ')[3],
      ) === session,
  )
}

function memoryOf(pid: number): Memory | undefined {
  const text = read(pid, 'smaps_rollup')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return text === '' ? undefined : { rss: field('Rss'), pss: field('Pss'), anonymous: field('Pss_Anon') }
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

/** Runs the script in a session of its own and looks at it until it ends, or for so many milliseconds. */
async function watched(words: readonly string[], ms = Number.POSITIVE_INFINITY): Promise<Peak> {
  const child = spawn(SCRIPT, words, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(child, 'exit')
  const peak = new Peak()
  const end = performance.now() + ms
  while (child.exitCode === null && child.signalCode === null && performance.now() < end) {
    peak.look(child.pid ?? 0)
    await pause(EVERY)
  }
  if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGTERM')
  await ended
  return peak
}

function tell(what: string, { all, each }: Peak): void {
  const text = ({ rss, pss, anonymous }: Memory): string =>
    [rss, pss, anonymous].map((kib) => `${(kib / 1024).toFixed(1)}`).join(' | ')
  console.log(`| ${what}: all together | ${text(all)} |`)
  const largest = [...each].sort(([, one], [, other]) => other.rss - one.rss)
  for (const [command, memory] of largest) console.log(`| ${command} | ${text(memory)} |`)
}

const folder = mkdtempSync(join(tmpdir(), 'kickback-fetch-'))
let master: ChildProcess | undefined
process.on('exit', () => {
  master?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
bounded(10)
try {
  const files = new ClusterFiles(join(folder, 'files'), { users: Number(values.users), nodes: Number(values.nodes) })
  for (const name of ['run', 'state']) mkdirSync(join(folder, name), { mode: 0o755 })
  const log = openSync(join(folder, 'log'), 'a')
  const places = ['--run-dir', join(folder, 'run'), '--state-dir', join(folder, 'state')]
  const doors = ['--listen', PLACE, '--objects', OBJECTS, '--allow', '127.0.0.0/8']
  const program = join(root, 'build/program/kickback/main.js')
  master = spawn(process.execPath, [program, 'serve', ...files.options, ...doors, ...places], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  while (!existsSync(join(folder, 'state/snapshot.1'))) {
    if (master.exitCode !== null) throw new Error(readFileSync(join(folder, 'log'), 'utf8'))
    await pause(100)
  }
  const own = ['--dir', join(folder, 'copy'), '--key', keyFileOf(folder), '--master', `http://${OBJECTS}`]
  console.log('| MiB | resident | its part | of its own |\n| --- | --- | --- | --- |')
  tell('the whole snapshot', await watched(own))
  tell('nothing new', await watched(own))
  tell('waits for news', await watched(['--wait', ...own], WAITED))
} finally {
  master?.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
