// A run of `kickback-fetch` that ends in the middle, or meets another one: the copy is whole, and the next run is as any other.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Snapshot } from '../../src/resolver/index.ts'
import { folder } from '../folder.ts'
import { clusterKey } from '../keys.ts'
import { until } from '../patience.ts'
import { Fetching, isLong, signed } from './fetching.ts'
import { type Lie, TestMaster } from './master.ts'

/** The programs that a run calls. */
const TOOLS =
  'awk cat chmod cmp cp curl cut date dd env fallocate flock grep head id ls mkdir mv od openssl printf rm sed sha256sum sleep sort sync tail touch tr wc'

/** A folder of programs each of which first counts itself, and those with this number and the next two kill the run. */
function deadlyTools(t: Test, number: number, signal: string): string {
  const at = folder(t)
  for (const tool of TOOLS.split(' ')) {
    const count = `echo >>${at}/.count; n=$(/usr/bin/wc -l <${at}/.count)`
    // The group is that of the run: nothing that it started goes on.
    const kill = `[ $n -lt ${number} ] || [ $n -gt ${number + 2} ] || { kill -${signal} 0; sleep 60; }`
    const next = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH; exec ${tool} "$@"`
    writeFileSync(join(at, tool), `#!/bin/sh\n{ ${count}; } 2>/dev/null 9>&-\n${kill}\n${next}\n`, { mode: 0o755 })
  }
  return at
}

/** Runs with a number of programs until it is killed. Gives whether it was. */
async function killed(t: Test, number: number, signal: string): Promise<boolean> {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  await machine.run([master])
  const before = master.snapshot
  master.serve(signed(key, 101, 6))
  const tools = deadlyTools(t, number, signal)
  const changes = [['PATH=/usr/sbin:/usr/bin:/sbin:/bin\n', `PATH=${tools}\n`]] as const
  const doomed = new Fetching(t, key, { changes })
  doomed.configure(`${machine.settingsText}`)
  // In a session of its own, so that its group can be killed.
  const { code, signal: by } = await doomed.start(['--master', master.url], {}, true).ended
  const found = machine.snapshot
  t.ok(found?.verifyDigest(), `after program ${number} the copy is whole`)
  t.ok([before, master.snapshot].some(({ bytes }) => found !== undefined && Buffer.compare(found.bytes, bytes) === 0))
  t.ok(found instanceof Snapshot)
  const next = await machine.run([master])
  t.equal(next.code, 0, next.stderr)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
  t.strictSame(machine.names, ['.fetch.lock', 'in-step', 'snapshot.1'], 'nothing is left')
  return code !== 0 || by !== null
}

t.test('a run that is killed at any step leaves the old copy or the new one, whole', async (t) => {
  let deaths = 0
  const numbers = isLong ? Array.from({ length: 400 }, (_, i) => i + 1) : [60, 190, 226, 238]
  for (const number of numbers) if (await killed(t, number, number % 2 === 0 ? 'KILL' : 'TERM')) deaths++
  t.ok(deaths > numbers.length / 4, `${deaths} of ${numbers.length} were killed`)
})

t.test('SIGTERM ends it while it waits for a master, at once', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  for (const path of ['/1/head', '/1/object/']) {
    const stuck: Lie = (reply, asked) => (asked.path.startsWith(path) ? new Promise(() => {}) : reply)
    master.lie = stuck
    const seen = master.asked.length
    const running = machine.start(['--master', master.url])
    await until(() => master.asked.slice(seen).some((asked) => asked.path.startsWith(path)))
    running.child.kill('SIGTERM')
    t.equal((await running.ended).code, 143)
    t.strictSame(machine.names, ['.fetch.lock'], 'nothing is left')
  }
})

t.test('two runs at once: one waits for the other', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const objects = (): number => master.asked.filter(({ path }) => path.startsWith('/1/object/')).length
  master.lie = async (reply, { path }) => {
    if (path.startsWith('/1/object/')) await held
    return reply
  }
  const runs = [machine.run([master]), machine.run([master])]
  await until(() => objects() === 1 && master.asked.filter(({ path }) => path === '/1/head').length === 2)
  release()
  t.strictSame(
    (await Promise.all(runs)).map(({ code }) => code),
    [0, 0],
  )
  t.equal(objects(), 1, 'the second one sees that it is in step')
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
})
