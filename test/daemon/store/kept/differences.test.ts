// Generations that are kept as differences: what they are made of, and what is lost with a part of it.
import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { proved } from '../../../../src/daemon/judge/content.ts'
import {
  KEEPING_BOUNDS,
  KeptGenerations,
  type KeptGenerationsOptions,
} from '../../../../src/daemon/store/kept/generations.ts'
import { Trust } from '../../../../src/kickback/node/trust.ts'
import { deltaOf, type Snapshot } from '../../../../src/resolver/index.ts'
import { folder, type Tap } from '../../../folder.ts'
import { publicSnapshot } from '../../../kickback/cluster.ts'
import { readFile } from '../../sources.ts'

/** How many users the first generation has: enough for its file to be far longer than a difference. */
const USERS = 400

/** A generation with a user more than the one before. */
const generationOf = (number: number, users = USERS): Snapshot => publicSnapshot(number, users + number)

/** The kept generations of a folder, and what they warn of. */
async function opened(t: Tap, dir = join(folder(t), 'generations'), more: Partial<KeptGenerationsOptions> = {}) {
  const lines: string[] = []
  const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const believed = (bytes: Uint8Array) => proved(bytes, new Trust({ key: undefined }))
  const kept = await KeptGenerations.open({ folder: dir, believed, log: { warn: note, error: note }, ...more })
  const numbers = (): number[] => kept.all.map(({ generation }) => generation)
  return { kept, dir, lines, numbers }
}

/** Keeps generations one after the other, as a master does that publishes them. The text of the configuration changes with each tenth. */
async function keepAll(
  kept: KeptGenerations,
  numbers: readonly number[],
  first?: Snapshot,
  users = USERS,
): Promise<void> {
  let before = first
  for (const number of numbers) {
    const snapshot = generationOf(number, users)
    await kept.keep(snapshot, {
      ...{ time: number, cause: `change ${number}`, difference: {} },
      delta: before && deltaOf(before, snapshot),
      config: readFile('config', textOf(number), number),
    })
    before = snapshot
  }
}

const textOf = (number: number): string => `nodes ${Math.floor(number / 10)}\n`
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const kindOf = (dir: string, number: number): string =>
  /generation (\d)\n/.exec(readFileSync(join(dir, `${number}`), 'latin1'))?.[1] ?? ''
const wholeIn = (dir: string): number[] =>
  readdirSync(dir)
    .map(Number)
    .filter((number) => kindOf(dir, number) === '1')
    .sort((a, b) => a - b)

/** Reads all that is listed, in this order; what is read has to be what was kept. Gives the numbers of those that can't be read. */
async function unreadable(kept: KeptGenerations, order: readonly number[], users = USERS): Promise<number[]> {
  const lost: number[] = []
  for (const number of order) {
    const snapshot = await kept.read(number).catch(() => undefined)
    if (snapshot === undefined) lost.push(number)
    else assert.deepEqual(snapshot.bytes, generationOf(number, users).bytes)
  }
  return lost
}

t.test(
  'of fifty that differ by a user few are whole, and each is read as it was, in any order, after a restart too',
  async (t) => {
    const many = 700
    const { kept, dir, lines } = await opened(t)
    await keepAll(kept, upTo(60), undefined, many)
    t.ok(wholeIn(dir).length < 7)
    const again = await opened(t, dir)
    for (const each of [kept, again.kept]) {
      t.same(
        each.all.map(({ generation }) => generation),
        upTo(60, 11),
        'fifty are listed',
      )
      t.same(await unreadable(each, upTo(60, 11), many), [])
      t.same(await unreadable(each, upTo(60, 11).toReversed(), many), [])
      for (const number of [11, 25, 26, 27, 60]) {
        const config = await each.configOf(Buffer.from(generationOf(number, many).digest).toString('hex'))
        t.match(config, { origin: 'config', time: number })
        t.equal(Buffer.from(config?.bytes ?? []).toString(), textOf(number))
      }
    }
    const sizes = kept.all.map(({ bytes }) => bytes)
    t.ok(Math.min(...sizes) * 5 < Math.max(...sizes), 'a difference is far shorter')
    t.same([...lines, ...again.lines], [])
    await keepAll(kept, upTo(76, 61), generationOf(60, many), many)
    const [first = 0, second = 0] = wholeIn(dir)
    t.ok(first <= 27 && second > 27, 'a whole one goes with the last that needs it')
    t.same(
      readdirSync(dir)
        .map(Number)
        .sort((a, b) => a - b),
      upTo(76, first),
    )
  },
)

t.test('differences are of use after a restart: the next one goes on from them', async (t) => {
  const { kept, dir } = await opened(t)
  await keepAll(kept, [1, 2])
  const again = await opened(t, dir)
  await keepAll(again.kept, [3, 4], generationOf(2))
  t.same(wholeIn(dir), [1])
  t.same(await unreadable((await opened(t, dir)).kept, [4, 3, 2, 1]), [])
})

t.test('content that is kept under another number takes a header, whoever renumbered it', async (t) => {
  const { kept, dir } = await opened(t)
  await keepAll(kept, [1, 2, 3])
  const about = { time: 7, cause: 'adopted', difference: {}, config: undefined }
  for (const [number, users] of [
    [20, 1],
    [21, 3],
    [22, 2],
  ] as const)
    await kept.keep(publicSnapshot(number, USERS + users), about)
  t.same(wholeIn(dir), [1])
  for (const each of [kept, (await opened(t, dir)).kept]) {
    t.same((await each.read(20)).bytes, publicSnapshot(20, USERS + 1).bytes)
    t.same((await each.read(21)).bytes, publicSnapshot(21, USERS + 3).bytes)
    t.same((await each.read(22)).bytes, publicSnapshot(22, USERS + 2).bytes)
  }
})

t.test('without a delta, or with one from content that is not kept, a generation is whole', async (t) => {
  const { kept, dir } = await opened(t)
  const about = { time: 7, cause: 'request', difference: {}, config: undefined }
  await kept.keep(generationOf(1), about)
  await kept.keep(generationOf(2), about)
  await kept.keep(generationOf(4), { ...about, delta: deltaOf(generationOf(3), generationOf(4)) })
  t.same(wholeIn(dir), [1, 2, 4])
})

t.test('a change of most records is whole: its delta would be as long', async (t) => {
  const { kept, dir } = await opened(t)
  const about = { time: 7, cause: 'request', difference: {}, config: undefined }
  const [small, large] = [publicSnapshot(1, 5), publicSnapshot(2, 500)]
  await kept.keep(small, about)
  await kept.keep(large, { ...about, delta: deltaOf(small, large) })
  t.same(wholeIn(dir), [1, 2])
})

t.test('differences take no more than their base together: then comes another', async (t) => {
  const { kept, dir } = await opened(t)
  const about = { time: 7, cause: 'request', difference: {}, config: undefined }
  let before = publicSnapshot(1, USERS)
  await kept.keep(before, about)
  for (const number of upTo(12, 2)) {
    const snapshot = publicSnapshot(number, USERS + 40 * number)
    await kept.keep(snapshot, { ...about, delta: deltaOf(before, snapshot) })
    before = snapshot
  }
  const whole = wholeIn(dir)
  t.ok(whole.length > 1 && whole.length < 12, `${whole}`)
  const sizes = readdirSync(dir).map((name) => statSync(join(dir, name)).size)
  t.ok(sizes.reduce((a, b) => a + b) < 3 * whole.length * Math.max(...sizes))
})

t.test(
  'a base that is missing, cut or damaged costs what hangs on it, with a warning for each, and no other',
  async (t) => {
    const { kept, dir } = await opened(t)
    await keepAll(kept, upTo(20))
    const [, second = 0] = wholeIn(dir)
    const damages: ReadonlyArray<readonly [string, (path: string) => void]> = [
      ['gone', unlinkSync],
      ['cut', (path) => truncateSync(path, 500)],
      ['empty', (path) => truncateSync(path, 0)],
      ['of other content', (path) => copyFileSync(join(dir, String(second)), path)],
    ]
    for (const [what, damage] of damages) {
      const whole = readFileSync(join(dir, '1'))
      damage(join(dir, '1'))
      const again = await opened(t, dir)
      t.same(again.numbers(), upTo(20, second), what)
      t.same(await unreadable(again.kept, upTo(20, second)), [])
      const said = again.lines.filter((line) => /it is a difference from generation 1, which is lost/.test(line))
      t.equal(said.length, second - 2, 'each is named')
      writeFileSync(join(dir, '1'), whole)
    }
    t.same((await opened(t, dir)).numbers(), upTo(20), 'control: with it all are there')
  },
)

t.test(
  'no damaged byte of a base or of a difference makes other content, and that of a difference costs itself alone',
  async (t) => {
    const { kept, dir } = await opened(t)
    await keepAll(kept, [1, 2, 3])
    for (const [number, lost] of [
      [1, [1, 2, 3]],
      [2, [2]],
      [3, [3]],
    ] as const) {
      const whole = readFileSync(join(dir, `${number}`))
      const start = whole.indexOf('\n', 30) + 1
      const step = Math.ceil((whole.length - start) / 60)
      let damaged = 0
      for (let at = start; at < whole.length; at += step) {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ 0x10
        writeFileSync(join(dir, `${number}`), bytes)
        const again = await opened(t, dir)
        const gone = await unreadable(again.kept, [1, 2, 3])
        if (gone.length > 0) damaged++
        if (gone.some((one) => !(lost as readonly number[]).includes(one)))
          t.fail(`byte ${at} of ${number}: lost ${gone}`)
      }
      t.ok(damaged > 0, `generation ${number}: ${damaged} of the bytes count`)
      writeFileSync(join(dir, `${number}`), whole)
    }
  },
)

t.test('who asks for a generation whose base is damaged is told which that is', async (t) => {
  const { kept, dir } = await opened(t)
  await keepAll(kept, [1, 2])
  const whole = readFileSync(join(dir, '1'))
  whole[whole.length - 200] = (whole[whole.length - 200] ?? 0) ^ 1
  writeFileSync(join(dir, '1'), whole)
  const again = await opened(t, dir)
  await t.rejects(again.kept.read(2), {
    message: /^the kept generation 2 is damaged: it is a difference from generation 1, and /,
  })
  unlinkSync(join(dir, '1'))
  await t.rejects(again.kept.read(2), {
    message: /difference from generation 1, and can't read the kept generation 1: /,
  })
})

t.test('nothing new hangs on a base that is damaged or gone: what is published next is whole', async (t) => {
  for (const damage of [unlinkSync, (path: string) => truncateSync(path, 100), flipLate]) {
    const { kept, dir } = await opened(t)
    await keepAll(kept, [1, 2])
    const again = await opened(t, dir)
    damage(join(dir, '1'))
    await keepAll(again.kept, [3, 4], generationOf(2))
    t.equal(kindOf(dir, 3), '1')
    t.equal(kindOf(dir, 4), '2')
    t.same(await unreadable((await opened(t, dir)).kept, [3, 4]), [])
  }
})

function flipLate(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 300] = (bytes[bytes.length - 300] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

t.test('other content under the number of a base costs what hung on it, with a warning', async (t) => {
  const { kept, lines, numbers, dir } = await opened(t)
  await keepAll(kept, [1, 2, 3])
  const other = publicSnapshot(1, USERS + 77)
  const delta = deltaOf(generationOf(3), other)
  await kept.keep(other, { time: 7, cause: 'other', difference: {}, delta, config: undefined })
  t.same(numbers(), [1])
  t.equal(lines.length, 2)
  t.same((await kept.read(1)).bytes, other.bytes)
  t.same((await (await opened(t, dir)).kept.read(1)).bytes, other.bytes)
})

t.test('whole files of earlier releases are read, and nothing hangs on them: they have no checksum', async (t) => {
  const { kept, dir } = await opened(t)
  await keepAll(kept, [1])
  const [magic, facts = '{}', ...rest] = readFileSync(join(dir, '1')).toString('latin1').split('\n')
  const { checksum, config, ...old } = JSON.parse(facts)
  const { digest, ...text } = config
  writeFileSync(join(dir, '1'), [magic, JSON.stringify({ ...old, config: text }), ...rest].join('\n'), 'latin1')
  const again = await opened(t, dir)
  await keepAll(again.kept, [2, 3], generationOf(1))
  t.same(wholeIn(dir), [1, 2])
  t.same(await unreadable(again.kept, [1, 2, 3]), [])
  t.equal(Buffer.from((await again.kept.configOf(kept.all[0]?.digest ?? ''))?.bytes ?? []).toString(), textOf(1))
  t.same(again.lines, [])
})

t.test('whenever a family is half removed, as by a crash, all that is left is read', async (t) => {
  const { kept, dir } = await opened(t)
  await keepAll(kept, upTo(5))
  const order: string[] = []
  let before = readdirSync(dir)
  const watch = await opened(t, dir, { bounds: { generations: 2, bytes: KEEPING_BOUNDS.bytes } })
  const about = { time: 7, cause: 'request', difference: {}, config: undefined }
  const saved = new Map(before.map((name) => [name, readFileSync(join(dir, name))]))
  await watch.kept.keep(publicSnapshot(100, 5), about)
  t.same(readdirSync(dir).length, 6, 'a part of the family is listed still')
  await watch.kept.keep(publicSnapshot(101, 7), about)
  t.same(readdirSync(dir).sort(), ['100', '101'])
  before = [...saved.keys()].sort((a, b) => Number(b === '1') - Number(a === '1')).toReversed()
  for (const name of before) {
    order.push(name)
    for (const [one, bytes] of saved) if (!order.includes(one)) writeFileSync(join(dir, one), bytes)
    const again = await opened(t, dir)
    t.same(again.lines, [], `without ${order}`)
    t.same(
      await unreadable(
        again.kept,
        again.numbers().filter((number) => number < 100),
      ),
      [],
    )
    for (const one of saved.keys()) if (!order.includes(one)) unlinkSync(join(dir, one))
  }
})
