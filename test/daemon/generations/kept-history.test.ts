import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KeptHistory } from '../../../src/daemon/generations/kept-history.ts'
import { HISTORY_MAX } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { header } from '../../resolver/generations/headers.ts'

const past = (generation: number) => ({ ...header(generation, generation % 200), time: 7, cause: 'reload' })

/** The path of a history, and a log that keeps what it is told. */
function place(t: Test) {
  const dir = folder(t)
  const logged: string[] = []
  const note = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`)
  return { path: join(dir, 'history'), logged, log: { debug: note, info: note, warn: note, error: note } }
}

t.test('a history is there again after a restart, and only root or the daemon reads it', async (t) => {
  const { path, log, logged } = place(t)
  const history = KeptHistory.open(path, log)
  history.add(past(1))
  history.add(past(2))
  t.ok(history.holds(2, past(2).digest), 'at once in memory')
  await history.kept()
  const again = KeptHistory.open(path, log)
  t.ok(again.holds(1, past(1).digest))
  t.ok(again.holds(2, past(2).digest))
  t.notOk(again.holds(2, past(1).digest))
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(logged, [])
})

t.test('a line that was cut off by a crash costs that line alone', async (t) => {
  const { path, log } = place(t)
  const add = (generation: number): Promise<void> => {
    const history = KeptHistory.open(path, log)
    history.add(past(generation))
    return history.kept()
  }
  await add(1)
  appendFileSync(path, '{"generation":2,"dig')
  await add(3)
  const again = KeptHistory.open(path, log)
  t.same(
    again.past.map(({ generation }) => generation),
    [1, 3],
  )
})

t.test('the file does not grow for ever', async (t) => {
  const { path, log } = place(t)
  const line = (generation: number) => `${JSON.stringify({ ...past(generation), digest: '00'.repeat(32) })}\n`
  writeFileSync(path, Array.from({ length: 2 * HISTORY_MAX }, (_, i) => line(i)).join(''))
  const history = KeptHistory.open(path, log)
  history.add(past(5000))
  await history.kept()
  t.equal(readFileSync(path, 'utf8').split('\n').length - 1, HISTORY_MAX)
  t.ok(KeptHistory.open(path, log).holds(5000, past(5000).digest))
})

t.test('what is added while another one is written is written after it, each once', async (t) => {
  const { path, log } = place(t)
  const history = KeptHistory.open(path, log)
  for (const generation of [1, 2, 3]) history.add(past(generation))
  const first = history.kept()
  history.add(past(4))
  await Promise.all([first, history.kept()])
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  t.same(
    lines.map((line) => JSON.parse(line).generation),
    [1, 2, 3, 4],
  )
})

t.test('a file that can be neither read nor written is told of, and the daemon goes on', async (t) => {
  const { path, log, logged } = place(t)
  const history = KeptHistory.open(join(path, '..'), log)
  history.add(past(1))
  t.ok(history.holds(1, past(1).digest))
  await history.kept()
  t.match(logged, [/cannot read the history/, /cannot write the history/])
})

t.test('a disk that takes a part of a line costs that line, and not the one after it', async (t) => {
  const { path } = place(t)
  const program = new URL('limited-history.ts', import.meta.url).pathname
  t.equal(execFileSync(process.execPath, [program, path], { encoding: 'utf8' }), '1 3')
})
