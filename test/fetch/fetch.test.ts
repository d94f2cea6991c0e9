import { statSync } from 'node:fs'
import t from 'tap'
import { clusterKey } from '../keys.ts'
import { missing } from '../nss/programs.ts'
import { Fetching, SHELLS, signed } from './fetching.ts'
import { TestMaster } from './master.ts'

for (const [name, shell] of Object.entries(SHELLS)) {
  t.test(`${name}: fetches, is in step, takes news`, { skip: missing(shell[0] ?? '', 'curl', 'openssl', 'flock') }, async (t) => {
    const key = clusterKey()
    const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
    const machine = new Fetching(t, key, { shell })
    const first = await machine.run([master])
    t.strictSame([first.code, first.stdout], [0, ''], first.stderr)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    t.equal(statSync(machine.path).mode & 0o777, 0o644)
    const { ino } = statSync(machine.path)
    t.strictSame(await machine.run([master]), { code: 0, signal: null, stdout: '', stderr: '' })
    t.equal(statSync(machine.path).ino, ino, 'it is the same file')
    master.serve(signed(key, 101, 6))
    const third = await machine.run([master])
    t.equal(third.code, 0, third.stderr)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    t.strictSame(machine.names, ['.fetch.lock', 'in-step', 'snapshot.1'])
  })
}
