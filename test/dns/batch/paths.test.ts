import { join } from 'node:path'
import t from 'tap'
import { ONE_BY_ONE } from '../cluster.ts'

/** The tests of servers: they run with the native part by themselves, and here as on a machine without it. */
const SUITES = ['server', 'tcp', 'compliance', 'forward/server', 'transfer/secondaries', 'transfer/notify']

for (const suite of SUITES) {
  void t.spawn(
    'env',
    ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, '..', `${suite}.test.ts`)],
    { env: { ...process.env, [ONE_BY_ONE]: '1' } },
    `${suite}, packets one by one`,
  )
}
