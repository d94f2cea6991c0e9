import { spawnSync } from 'node:child_process'
import t from 'tap'
import { builtProgram, environment, noCompiler, results } from './programs.ts'
import { RunDir } from './rundir.ts'

t.test('daemons of every kind, with ASan and UBSan', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const program = builtProgram('sockets', 'address', 'call.c')
  const ran = spawnSync(program, [run.path], { env: environment(run.path, 'address'), timeout: 100_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})
