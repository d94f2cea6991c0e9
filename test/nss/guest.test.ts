import { spawnSync } from 'node:child_process'
import t from 'tap'
import { buildPublic, stamp } from '../../src/resolver/index.ts'
import { contents, user } from './contents.ts'
import { builtProgram, environment, noCompiler, results } from './programs.ts'
import { RunDir } from './rundir.ts'

t.test('the module in processes in need', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publish(contents())
  const ran = spawnSync(builtProgram('guest'), [], { env: environment(run.path), timeout: 60_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})

t.test('a first look-up touches as many pages of 100,000 users as of ten', { skip: noCompiler }, async (t) => {
  const faults = (users: number): number => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    const more = Array.from({ length: users }, (_, i) => user(`u${i}`, 100_000 + i))
    const bytes = buildPublic(contents({ passwd: [...contents().passwd, ...more] }))
    stamp(bytes, { generation: 1 })
    run.publishBytes(bytes)
    const counts = Array.from({ length: 5 }, () => {
      const ran = spawnSync(builtProgram('guest'), ['faults'], { env: environment(run.path) })
      return Number(/faults (\d+)/.exec(ran.stdout.toString())?.[1])
    })
    return Math.min(...counts)
  }
  const [few, many] = [faults(10), faults(100_000)]
  t.ok(few > 0 && many <= few + 6, `${few} pages of ten, ${many} of 100,000`)
})
