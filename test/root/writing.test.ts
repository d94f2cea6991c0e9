import { join } from 'node:path'
import t from 'tap'
import { machine } from './machine.ts'

t.test('a full disk keeps the last good snapshot, and idle readers of old ones fill none', async (t) => {
  const one = await machine(t, 'disk')
  for (const [name, size] of Object.entries({ small: '1m', large: '8m' })) {
    one.must(`mkdir /run/${name} && mount -t tmpfs -o size=${size},mode=755 none /run/${name}`)
  }
  const script = join(import.meta.dirname, 'writing.ts')
  const { stdout, stderr, code } = one.run(process.execPath, script, '/run/small', '/run/large')
  t.equal(code, 0, stderr)
  const { seen, there, snapshots, lines } = JSON.parse(stdout)
  t.match(seen, [
    { there: 1, files: ['snapshot.1'] },
    { error: /no space is left on the disk; the last good one is kept/, there: 1, files: ['snapshot.1'] },
    { there: 3, files: ['snapshot.1'] },
  ])
  t.notOk(seen[0].error ?? seen[2].error)
  t.ok(seen[1].bytes > 1024 * 1024 - seen[0].bytes, 'the second did not fit beside the first')
  t.equal(there, 50, 'fifty generations, each held open by a reader, went through')
  t.ok(snapshots < 3, `they took ${snapshots} snapshots' worth of memory at most`)
  t.same(lines, [])
})
