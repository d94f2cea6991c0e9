/** A master that dies while it moves a stage: tests that test/root/boot/endpoint.test.ts runs in a network namespace. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../../patience.ts'
import { ask, bootMaster, imageLines, loaded, node, nodeLines, placesIn, scriptOf } from './client.ts'

const BEFORE = 'pxe+local pxe'
const AFTER = 'pxe+local local'
/** The draft of the configuration. */
const DRAFT = 'config.kickback-new'

/** From now on the daemon dies as it makes this call on this path; resolves when that holds. */
async function diesAt(t: Test, pid: number, call: string, path: string): Promise<void> {
  const words = ['-f', '-p', String(pid), '-P', path, '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL`]
  const strace = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => strace.kill('SIGKILL'))
  await once(strace.stderr, 'data')
}

for (const { title, call, of, left, isDraft } of [
  { title: 'as the new file is to take its name', call: 'rename', of: DRAFT, left: BEFORE, isDraft: true },
  { title: 'when it has it, and before the answer', call: 'fsync', of: '', left: AFTER, isDraft: false },
]) {
  t.test(`a master that is killed ${title} has moved the stage once when the node has its answer`, async (t) => {
    const master = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3, 4], 'pxe')}`)
    const { scratch, daemon } = master
    const before = scratch.read('config')
    const one = node(3)
    const { report = '' } = await loaded(one, await scriptOf(one))
    const { report: later = '' } = placesIn(await scriptOf(node(4)))
    const kept = scratch.path('state/boots')
    await until(
      () => existsSync(kept) && scratch.read('state/boots').includes(later.slice(-32)),
      'the tickets are on disk',
    )
    await diesAt(t, daemon.process.pid ?? 0, call, join(scratch.dir, of))
    await t.rejects(ask(one.address, report), { code: 'ECONNRESET' })
    await daemon.ended
    t.equal(scratch.read('config'), before.replace(BEFORE, left))
    t.equal(existsSync(scratch.path(DRAFT)), isDraft)
    await master.restart('SIGKILL')
    t.match(await ask(one.address, report), {
      status: 200,
      body: /^node 3 (?:boots stage local next|is at stage local already|stays at its stage)\n$/,
    })
    t.equal(scratch.read('config'), before.replace(BEFORE, AFTER))
    t.notOk(existsSync(scratch.path(DRAFT)), 'nothing is left of the first try')
    t.match(await ask(one.address, report), { status: 200, body: /already/ })
    t.match(await ask(one.address, later), { status: 403 }, 'another node')
  })
}
