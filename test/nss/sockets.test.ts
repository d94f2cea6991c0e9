import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildPublic, stamp } from '../../src/resolver/index.ts'
import { contents } from './contents.ts'
import { builtProgram, environment, noCompiler, results } from './programs.ts'
import { RunDir, withIds } from './rundir.ts'

t.test('daemons of every kind, with ASan and UBSan', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const program = builtProgram('sockets', 'address', 'call.c')
  const nobody = contents({ passwd: [], group: [], initgroups: [], complete: new Set() })
  const bytes = buildPublic(nobody)
  stamp(bytes, { generation: 1 })
  const snapshot = join(run.path, 'later')
  writeFileSync(snapshot, withIds(bytes, { floor: 500, exceptions: [20] }, { floor: 1000, exceptions: [6] }))
  const ran = spawnSync(program, [run.path, snapshot], { env: environment(run.path, 'address'), timeout: 100_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})
