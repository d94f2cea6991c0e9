import { type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import t from 'tap'
import { Output } from '../../src/cli/output.ts'
import type { CommandName } from '../../src/cli/synopsis.ts'
import { COMMANDS } from '../../src/cli/synopsis.ts'
import { builtMain } from '../built.ts'
import { Scratch } from './scratch.ts'

const MAIN = builtMain()

/** An error of write(2). */
const systemError = (code: string): Error => Object.assign(new Error(`${code}: it failed, write`), { code })

/** What each file descriptor was given, and an error of one of them. */
function outputs(failing: number | undefined, error = systemError('ENOSPC')) {
  const written = ['', '', '']
  const output = new Output((fd, bytes) => {
    if (fd === failing) throw error
    written[fd] += Buffer.from(bytes.subarray(0, 3)).toString()
    return Math.min(3, bytes.length)
  })
  return { output, written }
}

t.test('all of a text is written, however little is taken at once', async (t) => {
  const { output, written } = outputs(undefined)
  output.print('standard output\n')
  output.complain('standard error\n')
  t.same(written, ['', 'standard output\n', 'standard error\n'])
  t.equal(output.exitCode(3), 3)
})

t.test('an output that can not be written is one line of error and exit code 1', async (t) => {
  const { output, written } = outputs(1)
  for (let i = 0; i < 3; i++) output.print('lost\n')
  t.equal(output.exitCode(0), 1)
  t.same(written, ['', '', "kickback: can't write to standard output: it failed\n"])
})

t.test('an error that cannot be said is still a failure', async (t) => {
  const { output } = outputs(2)
  output.complain('lost\n')
  t.equal(output.exitCode(0), 1)
  t.equal(output.exitCode(64), 64)
})

t.test('a full pipe that does not wait is tried again', async (t) => {
  let full = 2
  const written: string[] = []
  const output = new Output((_, bytes) => {
    if (full-- > 0) throw systemError('EAGAIN')
    written.push(Buffer.from(bytes).toString())
    return bytes.length
  })
  output.print('late\n')
  t.same(written, ['late\n'])
  t.equal(output.exitCode(0), 0)
})

/** Words by which each command prints something and ends; `files` are the flags of a folder with examples. */
const PRINTING: { readonly [Name in CommandName]: (scratch: Scratch) => readonly string[] } = {
  serve: ({ files }) => [...files, '--listen', 'nonsense'],
  proxy: () => [],
  dns: () => [],
  setup: () => ['node'],
  nsswitch: (scratch) => ['show', '--file', scratch.path('passwd')],
  keys: () => ['token'],
  check: (scratch) => [scratch.path('bad')],
  query: () => ['hosts', 'n1'],
  explain: ({ files }) => ['hosts', 'n1', ...files],
  export: ({ files }) => ['hosts', ...files],
  import: (scratch) => ['hosts', scratch.path('networks')],
  status: () => [],
  nodes: () => [],
  reload: () => [],
  history: () => [],
  wait: () => [],
  add: (scratch) => ['host', '-', '10.20.30.92', 'pdu3', '--config', scratch.path('none')],
  set: (scratch) => ['node', '15', '--class', 'c', '--config', scratch.path('none')],
  remove: ({ files }) => ['host', 'nosuch', ...files.slice(0, 2)],
  backup: (scratch) => ['--state-dir', scratch.path('none'), scratch.path('backup')],
  restore: (scratch) => ['--state-dir', scratch.path('none'), scratch.path('bad')],
  snapshot: (scratch) => ['show', scratch.path('none')],
}

/** Runs the program with one of its outputs at a full disk, or at a pipe that nobody reads; its code and the other output. */
async function ranWith(words: readonly string[], bad: 1 | 2, kind: 'full' | 'closed') {
  const end = kind === 'full' ? openSync('/dev/full', 'w') : 'pipe'
  const stdio: StdioOptions = ['ignore', bad === 1 ? end : 'pipe', bad === 2 ? end : 'pipe']
  const child = spawn(process.execPath, [MAIN, ...words], { stdio })
  const [gone, other] = bad === 1 ? [child.stdout, child.stderr] : [child.stderr, child.stdout]
  gone?.destroy()
  let said = ''
  other?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

for (const kind of ['full', 'closed'] as const) {
  t.test(
    `each command with its output at a ${kind} ${kind === 'full' ? 'disk' : 'pipe'}: one line and a code`,
    async (t) => {
      const scratch = new Scratch(t)
      scratch.write('bad', 'nodes 3\nnodes 4\n')
      process.env.KICKBACK_RUN_DIR = scratch.path('run')
      // Help is printed in one place: one kind of bad output is enough for it.
      const calls = COMMANDS.flatMap(({ name }) => [
        ...(kind === 'full' ? [[name, '--help']] : []),
        [name, ...PRINTING[name](scratch)],
      ])
      for (const words of [['--help'], ['--version'], ['nonsense'], [], ...calls]) {
        const normal = await scratch.run(...words)
        const out = await ranWith(words, 1, kind)
        if (normal.stdout !== '') {
          t.equal(out.code, 1, words.join(' '))
          t.match(out.said, /^kickback: can't write to standard output: [^\n]+\n$/)
        }
        const error = await ranWith(words, 2, kind)
        t.equal(error.code, normal.code, words.join(' '))
        t.equal(error.said, normal.stdout)
        t.notMatch(out.said + error.said, /^ +at /m, 'no stack')
      }
    },
  )
}
