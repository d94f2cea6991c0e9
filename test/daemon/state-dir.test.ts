import { chmodSync, copyFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { markRestored } from '../../src/daemon/generations/restored.ts'
import { openSigningKey } from '../../src/daemon/generations/signing-key.ts'
import { StateDir } from '../../src/daemon/state-dir.ts'
import { folder, type Tap } from '../folder.ts'
import { logOf, publicSnapshot } from '../kickback/cluster.ts'
import { readFile } from './sources.ts'

/** An open state dir, and what it logged. */
async function opened(t: Tap, dir = folder(t)) {
  const lines: string[] = []
  const state = await StateDir.open(dir, logOf(lines), () => 1_790_000_000)
  return { dir, lines, state }
}

const from = (nodes: number) => ({
  ...{ time: 7, cause: 'request', difference: {} },
  config: readFile('config', `nodes ${nodes}\n`),
})

t.test('what is in it is there again after a restart', async (t) => {
  const { dir, state } = await opened(t)
  const snapshot = publicSnapshot(100, 5)
  await state.generations.keep(snapshot, from(3))
  await state.pin.set({ generation: 100, digest: Buffer.from(snapshot.digest).toString('hex'), time: 7 })
  const { state: again, lines } = await opened(t, dir)
  t.ok(again.keys.signing.equals(state.keys.signing))
  t.equal(again.pin.content?.generation, 100)
  t.equal(again.restored.backup, undefined)
  const { snapshot: earlier, config } = await again.earlier(100)
  t.same(earlier.bytes, snapshot.bytes)
  t.equal(Buffer.from(config?.bytes ?? []).toString(), 'nodes 3\n')
  await t.rejects(again.earlier(99), { message: /^generation 99 is not kept/ })
  t.same(lines, [])
})

t.test('one that was restored from a backup says so', async (t) => {
  const { dir } = await opened(t)
  await markRestored(dir, 1_790_000_000)
  t.equal((await opened(t, dir)).state.restored.backup, 1_790_000_000)
})

t.test('pinned content is found under the newest number that it is kept by', async (t) => {
  const { state } = await opened(t)
  const digest = Buffer.from(publicSnapshot(100, 5).digest).toString('hex')
  const pinned = { generation: 100, digest, time: 7 }
  t.equal(state.pinnedNumber(pinned), 100, 'where none is kept, under its own')
  await state.generations.keep(publicSnapshot(116, 5), from(3))
  await state.generations.keep(publicSnapshot(132, 6), from(3))
  t.equal(state.pinnedNumber(pinned), 116)
})

t.test('a configuration that cannot be read costs itself, and not the content', async (t) => {
  const { dir, state, lines } = await opened(t)
  t.same(lines.splice(0), ['the root key has certified the signing key of this master'])
  const content = publicSnapshot(100, 5)
  t.equal(await state.configOf(content), undefined)
  await state.generations.keep(content, from(3))
  t.equal((await state.configOf(content))?.origin, 'config')
  t.same(lines, [], 'what was never kept is nothing to tell')
  truncateSync(join(dir, 'generations/100'), 60)
  t.equal(await state.configOf(content), undefined)
  t.same(lines, ['the configuration of a kept generation is not known'])
})

t.test('keys that others can read, or that do not belong together, are told', async (t) => {
  const { dir } = await opened(t)
  const other = folder(t)
  await openSigningKey(other)
  copyFileSync(join(other, 'signing.pub'), join(dir, 'signing.pub'))
  chmodSync(join(dir, 'signing.key'), 0o644)
  const { lines } = await opened(t, dir)
  t.match(lines, [/^other users can read the signing key/, /signing\.pub does not belong to .*signing\.key/])
})
