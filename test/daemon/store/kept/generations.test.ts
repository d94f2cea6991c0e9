import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { proved } from '../../../../src/daemon/judge/content.ts'
import {
  KEEPING_BOUNDS,
  KeptGenerations,
  type KeptGenerationsOptions,
  type Provenance,
} from '../../../../src/daemon/store/kept/generations.ts'
import { Trust } from '../../../../src/kickback/node/trust.ts'
import { differenceOf, type Snapshot } from '../../../../src/resolver/index.ts'
import { folder, type Tap } from '../../../folder.ts'
import { publicSnapshot } from '../../../kickback/cluster.ts'
import { readFile } from '../../sources.ts'

const hex = ({ digest }: Snapshot): string => Buffer.from(digest).toString('hex')

/** What is known of a generation. */
const from = (cause: string, more: Partial<Provenance> = {}): Provenance => ({
  ...{ time: 1_700_000_000.9, cause, difference: {}, config: readFile('config', `nodes ${cause.length}\n`, 77) },
  ...more,
})

/** The kept generations of a folder, and what they warn of. */
async function opened(t: Tap, more: Partial<KeptGenerationsOptions> = {}) {
  const dir = more.folder ?? join(folder(t), 'generations')
  const lines: string[] = []
  const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const believed = (bytes: Uint8Array) => proved(bytes, new Trust({ key: undefined }))
  const kept = await KeptGenerations.open({ folder: dir, believed, log: { warn: note, error: note }, ...more })
  const numbers = (): number[] => kept.all.map(({ generation }) => generation)
  return { kept, dir, lines, numbers }
}

t.test('a generation that is kept is listed and read as it was, after a restart too', async (t) => {
  const { kept, dir, lines } = await opened(t)
  t.same(kept.all, [])
  const [one, two] = [publicSnapshot(100, 5), publicSnapshot(116, 6)]
  await kept.keep(one, from('start'))
  await kept.keep(two, from('request', { difference: differenceOf(one, two) }))
  const again = (await opened(t, { folder: dir })).kept
  for (const each of [kept, again]) {
    t.match(each.all, [
      { generation: 100, time: 1_700_000_000, cause: 'start', records: { passwd: 5 }, changes: {} },
      { generation: 116, cause: 'request', changes: { passwd: { added: 1, removed: 0, changed: 0 } } },
    ])
    t.equal(each.all[1]?.digest, hex(two))
    t.same((await each.read(100)).bytes, one.bytes)
    t.same((await each.read(116)).bytes, two.bytes)
    t.match(await each.configOf(hex(two)), { origin: 'config', time: 77, state: 'read' })
    t.equal(Buffer.from((await each.configOf(hex(two)))?.bytes ?? []).toString(), 'nodes 7\n')
    t.equal(each.withDigest(hex(one))?.generation, 100)
    await t.rejects(each.read(101), { message: /^generation 101 is not kept; kickback history lists/ })
  }
  t.same(lines, [])
})

t.test('only root or the daemon reads them', async (t) => {
  const { kept, dir } = await opened(t)
  await kept.keep(publicSnapshot(100, 5), from('start'))
  t.equal(statSync(dir).mode & 0o777, 0o700)
  t.equal(statSync(join(dir, '100')).mode & 0o777, 0o600)
  t.same(readdirSync(dir), ['100'], 'no draft is left')
})

t.test('a configuration that is not known is none', async (t) => {
  const { kept } = await opened(t)
  await kept.keep(publicSnapshot(100, 5), from('start', { config: undefined }))
  t.equal(await kept.configOf(hex(publicSnapshot(100, 5))), undefined)
  t.equal(await kept.configOf('00'.repeat(32)), undefined)
  t.equal((await kept.read(100)).count('passwd'), 5)
})

t.test('the configuration of content is the newest that is known, under whatever number', async (t) => {
  const { kept, dir } = await opened(t)
  const nodes = async (): Promise<string> => String(Buffer.from((await kept.configOf(hex(content)))?.bytes ?? []))
  const content = publicSnapshot(100, 5)
  await kept.keep(content, from('start'))
  await kept.keep(publicSnapshot(101, 6), from('other content'))
  t.equal(await nodes(), 'nodes 5\n')
  await kept.keep(publicSnapshot(102, 5), from('a request'))
  await kept.keep(publicSnapshot(103, 5), from('adopted', { config: undefined }))
  t.equal(await nodes(), 'nodes 9\n')
  truncateSync(join(dir, '102'), 100)
  await t.rejects(kept.configOf(hex(content)), { message: /^can't read the kept generation 102: / })
})

t.test('the oldest are forgotten, by their number and by the bytes of all; the newest never', async (t) => {
  const { kept, numbers, dir } = await opened(t, { bounds: { generations: 3, bytes: 1 << 30 } })
  for (const generation of [1, 2, 3, 4, 5]) await kept.keep(publicSnapshot(generation, generation), from('request'))
  t.same(numbers(), [3, 4, 5])
  t.same(readdirSync(dir).sort(), ['3', '4', '5'])
  const size = 1.2 * Math.max(...kept.all.map(({ bytes }) => bytes))
  const narrow = await opened(t, { folder: dir, bounds: { generations: 50, bytes: 2 * size } })
  await narrow.kept.keep(publicSnapshot(6, 6), from('request'))
  t.same(narrow.numbers(), [5, 6])
  const none = await opened(t, { folder: dir, bounds: { generations: 50, bytes: 1 } })
  await none.kept.keep(publicSnapshot(7, 7), from('request'))
  t.same(none.numbers(), [7])
  t.same(KEEPING_BOUNDS, { generations: 50, bytes: 256 * 1024 * 1024 })
})

t.test('what is kept already is not written again; other content under its number takes its place', async (t) => {
  const { kept, dir } = await opened(t)
  await kept.keep(publicSnapshot(100, 5), from('start'))
  const { ino } = statSync(join(dir, '100'))
  await kept.keep(publicSnapshot(100, 5), from('again'))
  t.equal(statSync(join(dir, '100')).ino, ino)
  await kept.keep(publicSnapshot(100, 6), from('other'))
  t.match(kept.all, [{ generation: 100, cause: 'other', records: { passwd: 6 } }])
  t.equal(kept.all.length, 1)
})

t.test('a file that is cut, changed, empty or something else is ignored, with a warning', async (t) => {
  const { kept, dir } = await opened(t)
  for (const generation of [1, 2, 3]) await kept.keep(publicSnapshot(generation, generation), from('request'))
  truncateSync(join(dir, '1'), statSync(join(dir, '1')).size - 1)
  writeFileSync(join(dir, '4'), '')
  writeFileSync(join(dir, '5'), 'something else\n')
  writeFileSync(join(dir, '6'), 'kickback kept generation 1\n{"generation":6}\n')
  mkdirSync(join(dir, '7'))
  writeFileSync(join(dir, '8.new'), 'half of one')
  writeFileSync(join(dir, 'README'), 'of an administrator')
  const again = await opened(t, { folder: dir })
  t.same(again.numbers(), [2, 3])
  t.equal(again.lines.length, 5)
  for (const line of again.lines) t.match(line, /^a kept generation cannot be used \{"file":".*","reason":"..*"\}$/)
  t.notOk(existsSync(join(dir, '8.new')), 'a draft of before is gone')
  t.ok(existsSync(join(dir, 'README')))
})

t.test('a copy under another name is no generation', async (t) => {
  const { kept, dir } = await opened(t)
  for (const generation of [1, 2]) await kept.keep(publicSnapshot(generation, generation), from('request'))
  for (const name of ['9', '01']) copyFileSync(join(dir, '1'), join(dir, name))
  const again = await opened(t, { folder: dir })
  t.same(again.numbers(), [1, 2])
  t.match(again.lines, [/"it is generation 1 under another name"/])
  copyFileSync(join(dir, '1'), join(dir, '2'))
  await t.rejects(again.kept.read(2), { message: /can't read the kept generation 2: it is generation 1 under another/ })
})

t.test('damage that the facts do not show is seen by the digest, whatever byte it is', async (t) => {
  const { kept, dir } = await opened(t)
  await kept.keep(publicSnapshot(1, 5), from('request'))
  const whole = readFileSync(join(dir, '1'))
  const body = whole.indexOf('\n', 30) + 1
  const end = whole.length - (await packedConfig(whole))
  for (let at = body; at < end; at += 7) {
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 0x20
    writeFileSync(join(dir, '1'), damaged)
    await kept.read(1).then(
      (snapshot) => t.same(snapshot.bytes, publicSnapshot(1, 5).bytes, `byte ${at} decides nothing`),
      (error) => t.match(error, { message: /^the kept generation 1 is damaged: / }),
    )
  }
})

/** How many bytes at the end of a file are the configuration. */
async function packedConfig(file: Buffer): Promise<number> {
  const [, facts = ''] = file.toString('latin1').split('\n')
  return JSON.parse(facts).packed[1]
}

t.test('a file of other content than it says is not read', async (t) => {
  const { kept, dir } = await opened(t)
  await kept.keep(publicSnapshot(1, 5), from('request'))
  const text = readFileSync(join(dir, '1')).toString('latin1')
  const digest = kept.all[0]?.digest ?? ''
  writeFileSync(join(dir, '1'), Buffer.from(text.replace(digest, 'ab'.repeat(32)), 'latin1'))
  const again = await opened(t, { folder: dir })
  await t.rejects(again.kept.read(1), { message: /other content than was kept/ })
})

t.test('a file of no use goes once all that is newer would go', async (t) => {
  const { dir } = await opened(t)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, '2'), '')
  const { kept } = await opened(t, { folder: dir, bounds: { generations: 2, bytes: 1 << 30 } })
  await kept.keep(publicSnapshot(1, 5), from('request'))
  t.ok(existsSync(join(dir, '2')))
  for (const generation of [3, 4]) await kept.keep(publicSnapshot(generation, generation), from('request'))
  t.same(readdirSync(dir).sort(), ['3', '4'])
})

t.test('a disk that is full costs that generation alone', async (t) => {
  const dir = join(folder(t), 'generations')
  // A process of its own: a limit on the size of files cannot be taken back from the tests.
  const program = join(import.meta.dirname, 'limited-generations.ts')
  const said = JSON.parse(execFileSync(process.execPath, [program, dir], { encoding: 'utf8' }))
  t.match(said.logged, ['cannot keep this generation for later; it is served'])
  t.same(said.files, ['1'], 'no part of it is left')
  t.same(said.users, 5, 'what was there can be read')
  t.same((await opened(t, { folder: dir })).numbers(), [1, 3])
})

t.test('those that come while one is written are kept in their order', async (t) => {
  const { kept, numbers } = await opened(t)
  await Promise.all([3, 1, 2].map((generation) => kept.keep(publicSnapshot(generation, generation), from('request'))))
  t.same(numbers(), [1, 2, 3])
})
