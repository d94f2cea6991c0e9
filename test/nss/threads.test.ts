import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildPublic, stamp } from '../../src/resolver/index.ts'
import { contents, user } from './contents.ts'
import { asked, builtProgram, environment, noCompiler, results, type Variant } from './programs.ts'
import { RunDir } from './rundir.ts'

/** A snapshot of 64 users and of much else, so that its body spans pages. */
function generation(number: number): Uint8Array {
  const users = Array.from({ length: 3000 }, (_, i) => user(`u${i}`, 100_000 + i, 100_000 + i, `generation ${number}`))
  const bytes = buildPublic(contents({ passwd: users }))
  stamp(bytes, { generation: number })
  return bytes
}

function replaced(t: Test, variant: Variant, rounds: number, more: NodeJS.ProcessEnv = {}): void {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const files = [1, 2].map((number) => {
    const path = join(run.path, `generation-${number}`)
    writeFileSync(path, generation(number))
    return path
  })
  const program = builtProgram('threads', variant, 'call.c')
  const env = { ...environment(run.path, variant), ...more }
  const ran = spawnSync(program, [run.path, String(rounds), ...files], { env, timeout: 100_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
}

t.test(
  'a thousand snapshots replaced under six threads and their children, with ASan',
  { skip: noCompiler },
  async (t) => {
    replaced(t, 'address', 1000)
  },
)

t.test('the same without a data race, with TSan', { skip: noCompiler }, async (t) => {
  replaced(t, 'thread', 1000, { NO_FORK: '1' })
})

t.test('what other threads do between two steps, with ASan and UBSan', { skip: noCompiler }, async (t) => {
  const ran = spawnSync(builtProgram('current', 'address'), { timeout: 20_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})

t.test(
  'an enumeration is not disturbed by look-ups, nor by set and end in any order',
  { skip: noCompiler },
  async (t) => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    run.publish(contents())
    const next = 'ask 999 next:passwd'
    const nested = asked(run.path, [
      next,
      'ask 999 passwd:name:grace',
      next,
      'ask 999 next:group',
      next,
      next,
      next,
      next,
    ])
    t.strictSame(
      nested.map((line) => line.split(':')[2] ?? line.split(':')[1] ?? line.split(' ')[0]),
      ['ada', 'grace', 'grace', '*', 'empty', 'J\xe9r\xf4me', 'NOTFOUND', 'NOTFOUND'],
    )
    const orders = asked(run.path, [
      'end passwd',
      'end passwd',
      next,
      'set passwd',
      next,
      next,
      'set passwd',
      'end passwd',
      next,
    ])
    t.strictSame(
      orders.map((line) => line.split(':')[2] ?? line),
      ['ok', 'ok', 'ada', 'ok', 'ada', 'grace', 'ok', 'ok', 'ada'],
    )
  },
)
