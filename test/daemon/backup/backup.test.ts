// A backup of a state dir, and what of it is noticed when it is damaged.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openBackup, writeBackup } from '../../../src/daemon/backup/backup.ts'
import { SOURCE_NAMES } from '../../../src/daemon/sources/source.ts'
import { folder, type Tap } from '../../folder.ts'
import { publicSnapshot } from '../../kickback/cluster.ts'

const MADE = 1_790_000_000

/** A state dir with a little of everything. */
function stateDir(t: Tap): string {
  const dir = folder(t)
  for (const inside of ['private', 'generations', 'sources', 'host-keys']) mkdirSync(join(dir, inside))
  const files: Record<string, string | Uint8Array> = {
    'snapshot.1': publicSnapshot(7, 3).bytes,
    'signing.key': 'the private key',
    'signing.pub': 'the public key',
    history: '{"generation":7}\n',
    pin: '{}',
    'generations/7': 'seven',
    'generations/8': 'x'.repeat(3_000_000),
    'sources/passwd': 'ada:x:1000:1000::/:\n',
    'host-keys/12': 'kickback host keys 1\n',
    // None of these is state.
    'history.new': 'half written',
    'generations/9.new': 'half written',
    'in-step': '{}',
    'host-keys/12.new': 'half written',
    notes: 'of the administrator',
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  utimesSync(join(dir, 'sources/passwd'), 1_780_000_000, 1_780_000_000)
  return dir
}

/** The text of a file in a backup. */
async function textOf(file: string, path: string): Promise<string> {
  const backup = await openBackup(file)
  const entry = backup.entries.find((one) => one.path === path)
  if (entry === undefined) throw new Error(`no ${path}`)
  const pieces: Uint8Array[] = []
  for await (const piece of backup.content(entry)) pieces.push(piece)
  await backup.close()
  return Buffer.concat(pieces).toString('latin1')
}

t.test('a backup has keys, numbers and content, each as it was, and nothing else', async (t) => {
  const dir = stateDir(t)
  const file = join(folder(t), 'backup')
  const written = await writeBackup(dir, file, MADE + 0.5)
  const backup = await openBackup(file)
  t.same(backup.entries, written)
  t.equal(backup.time, MADE)
  t.same(backup.entries.map(({ path }) => path).sort(), [
    ...['generations/7', 'generations/8', 'history', 'host-keys/12', 'pin', 'signing.key', 'signing.pub', 'snapshot.1'],
    'sources/passwd',
  ])
  t.equal(backup.entries.find(({ path }) => path === 'sources/passwd')?.time, 1_780_000_000)
  await backup.close()
  for (const { path } of written) {
    t.equal(await textOf(file, path), readFileSync(join(dir, path), 'latin1'), path)
  }
})

t.test('the last good content of each source is in a backup', async (t) => {
  const dir = stateDir(t)
  for (const name of SOURCE_NAMES) writeFileSync(join(dir, 'sources', name), `that of ${name}`)
  const file = join(folder(t), 'backup')
  await writeBackup(dir, file, MADE)
  for (const name of SOURCE_NAMES) t.equal(await textOf(file, `sources/${name}`), `that of ${name}`)
})

t.test('it is for its owner alone, whatever was at its place', async (t) => {
  const file = join(folder(t), 'backup')
  writeFileSync(file, 'an older one')
  chmodSync(file, 0o644)
  await writeBackup(stateDir(t), file, MADE)
  t.equal(statSync(file).mode & 0o7777, 0o600)
})

t.test('a backup that fails leaves the one of before, and nothing half written', async (t) => {
  const dir = folder(t)
  const file = join(dir, 'backup')
  writeFileSync(file, 'an older one')
  const empty = folder(t)
  await t.rejects(writeBackup(empty, file, MADE), /signing\.key is not there: this is not the state dir of a master/)
  mkdirSync(join(empty, 'history'))
  await t.rejects(writeBackup(empty, file, MADE), { code: 'EISDIR' })
  t.equal(readFileSync(file, 'utf8'), 'an older one')
  t.same(readdirSync(dir), ['backup'])
  await t.rejects(writeBackup(stateDir(t), join(dir, 'none', 'backup'), MADE), { code: 'ENOENT' })
  t.notOk(existsSync(join(dir, 'none')))
})

t.test('every byte that is changed, missing or too many is noticed, with its place', async (t) => {
  const dir = folder(t)
  const state = stateDir(t)
  writeFileSync(join(state, 'generations/8'), 'eight')
  const file = join(dir, 'backup')
  await writeBackup(state, file, MADE)
  const whole = readFileSync(file)
  const damaged = join(dir, 'damaged')
  const refused = async (bytes: Uint8Array, what: string): Promise<void> => {
    writeFileSync(damaged, bytes)
    await t.rejects(
      openBackup(damaged),
      { name: 'BackupError', message: /^\S+damaged: byte \d+: / },
      `${what} is noticed`,
    )
  }
  const step = Math.ceil(whole.length / 300)
  // The end of a line of facts among them: what is no text follows there.
  const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a && whole[at - 1] === 0x7d)
  const places = Array.from({ length: Math.ceil(whole.length / step) }, (_, i) => i * step)
  for (const at of new Set([...places, ...ends])) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await refused(bytes, `byte ${at}`)
    await refused(whole.subarray(0, at), `an end after ${at} bytes`)
  }
  await refused(Buffer.concat([whole, Buffer.from('\n')]), 'what comes behind the end')
  await refused(Buffer.from('#!/bin/sh\n'), 'another file')
})

t.test('the place is that of the damage', async (t) => {
  const file = join(folder(t), 'backup')
  await writeBackup(stateDir(t), file, MADE)
  const whole = readFileSync(file)
  const at = whole.indexOf('the private key')
  whole.write('a', at + 3)
  writeFileSync(file, whole)
  await t.rejects(openBackup(file), { message: `${file}: byte ${at}: signing.key is damaged: its digest is wrong` })
  writeFileSync(file, whole.subarray(0, at - 40))
  await t.rejects(openBackup(file), { message: /: byte \d+: it ends too early$/ })
})

t.test('a path that is no file of a state dir is refused, and so is one that comes twice', async (t) => {
  const file = join(folder(t), 'backup')
  await writeBackup(stateDir(t), file, MADE)
  const text = readFileSync(file, 'latin1')
  for (const path of ['../../etc/x', '/etc/passwd', 'signing.kez', 'generations/../x', 'sources/a/b', 'snapshot.2']) {
    writeFileSync(file, text.replace('"path":"signing.pub"', `"path":"${path}"`), 'latin1')
    await t.rejects(openBackup(file), { message: /: this is no file of a state dir$/ }, path)
  }
  writeFileSync(file, text.replace('"path":"signing.pub"', '"path":"signing.key"'), 'latin1')
  await t.rejects(openBackup(file), { message: /signing\.key is there twice$/ })
})
