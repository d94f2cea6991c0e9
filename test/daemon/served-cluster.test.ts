// The Cluster of what a master serves, had again for who explains or boots.
import { readdirSync, rmSync } from 'node:fs'
import t, { type Test as Tap } from 'tap'
import { proved } from '../../src/daemon/judge/content.ts'
import type { Master } from '../../src/daemon/master.ts'
import { KeptGenerations } from '../../src/daemon/store/kept/generations.ts'
import { Trust } from '../../src/kickback/node/trust.ts'
import { Scratch } from '../cli/scratch.ts'
import { master } from '../end-to-end/handlers/daemon.ts'
import { client } from '../kickback/cluster.ts'

/** The line of the configuration that makes this device, as the master would explain it; undefined if nothing does. */
async function lineOf(served: Master, host: string): Promise<number | undefined> {
  const found = (await served.cluster())?.cluster.hosts.find(({ name }) => name === host)
  return found?.lines[0]?.span.line
}

t.test('it is that of the last good configuration, and of the pinned one while there is a pin', async (t) => {
  const scratch = new Scratch(t)
  const served = await master(t, scratch)
  const admin = await client(t, { path: scratch.path('run/admin/socket') })
  const { generation: good } = await admin.history()
  t.equal(await lineOf(served, 'printer'), undefined)
  const line = scratch.read('config').split('\n').length
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await admin.reload({}, 30_000)
  t.equal(await lineOf(served, 'printer'), line)
  scratch.append('config', 'host zz\n')
  t.match(await admin.reload({}, 30_000), { outcome: 'refused' })
  t.equal(await lineOf(served, 'printer'), line, 'what is refused is not served')
  t.match(await admin.reload({ back_to: good }, 30_000), { outcome: 'published', pinned: good })
  t.equal(await lineOf(served, 'printer'), undefined, 'what is pinned does not have it')
})

/** The devices of the cluster that a master serves; undefined if it is not known. */
const devicesOf = async (served: Master): Promise<readonly string[] | undefined> =>
  (await served.cluster())?.cluster.hosts.map(({ name }) => name)

/** Forgets the other generations that are kept in a folder, as a master does once it has too many. */
async function forgetBut(folder: string, stays: (number: number) => boolean): Promise<void> {
  const log = { warn: () => {}, error: () => {} }
  const believed = (bytes: Uint8Array) => proved(bytes, new Trust({ key: undefined }))
  const before = await KeptGenerations.open({ folder, believed, log })
  const stay = await Promise.all(
    before.all
      .filter(({ generation }) => stays(generation))
      .map(async ({ generation, digest, time, cause }) => {
        const about = { time, cause, difference: {}, config: await before.configOf(digest) }
        return { snapshot: await before.read(generation), about }
      }),
  )
  rmSync(folder, { recursive: true })
  const after = await KeptGenerations.open({ folder, believed, log })
  for (const { snapshot, about } of stay) await after.keep(snapshot, about)
}

t.test('that of what is pinned outlives the generation that was gone back to, and restarts', async (t) => {
  const scratch = new Scratch(t)
  const devices = ['smartswitch', 'pdu1', 'pdu2']
  let first = 0
  /** A run of the master, to its end. */
  const run = (title: string, check: (t: Tap, served: Master) => Promise<void>): Promise<unknown> =>
    t.test(title, async (t) => check(t, await master(t, scratch)))
  const admin = (t: Tap) => client(t, { path: scratch.path('run/admin/socket') })

  await run('content is gone back to', async (t, served) => {
    first = (await (await admin(t)).history()).generation
    scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
    await (await admin(t)).reload({}, 30_000)
    t.same(await devicesOf(served), [...devices, 'printer'])
    t.match(await (await admin(t)).reload({ back_to: first }, 30_000), { outcome: 'published' })
    t.same(await devicesOf(served), devices)
  })
  await forgetBut(scratch.path('state/generations'), (number) => number !== first)
  await run('its first number is forgotten', async (t, served) => {
    t.same(await devicesOf(served), devices)
    t.match(await (await admin(t)).reload({ force: true }, 30_000), { outcome: 'published', pinned: first })
    t.same(await devicesOf(served), devices)
  })
  const newest = Math.max(...readdirSync(scratch.path('state/generations')).map(Number))
  await forgetBut(scratch.path('state/generations'), (number) => number === newest)
  await run('only the newest number is left', async (t, served) => {
    t.same(await devicesOf(served), devices)
    t.match(await (await admin(t)).reload({ release: true }, 30_000), { outcome: 'published' })
    t.same(await devicesOf(served), [...devices, 'printer'], 'what is released says its own')
  })
})
