import fc from 'fast-check'
import t from 'tap'
import { checked, trusted } from '../../../src/daemon/judge/content.ts'
import { Trust, UntrustedError } from '../../../src/kickback/node/trust.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { buildPublic, layout, stamp } from '../../../src/resolver/index.ts'
import { clusterKey } from '../../keys.ts'
import { contents, publicSnapshot, shadowSnapshot, user } from '../../kickback/cluster.ts'

const { key, sign } = clusterKey()
const SIGNED = publicSnapshot(8, 9, sign).bytes

t.test('a snapshot that the key proves is taken as it is', async (t) => {
  const snapshot = await trusted(SIGNED, new Trust({ key }))
  t.equal(snapshot.bytes, SIGNED)
  t.equal(snapshot.generation, 8)
})

t.test('with any byte changed but those of the state word nothing is taken', async (t) => {
  const isState = (at: number): boolean => at >= layout.OWN_START && at < layout.HEADER.size
  for (let at = 0; at < SIGNED.length; at++) {
    const changed = Buffer.from(SIGNED)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    const isTaken = await trusted(changed, new Trust({ key })).then(
      ({ bytes }) => t.ok(Buffer.from(bytes).equals(SIGNED), 'the state word is put back'),
      (error) => {
        if (!(error instanceof UntrustedError)) t.fail(`byte ${at}: ${error}`)
        return false
      },
    )
    if (isTaken !== isState(at)) t.fail(`byte ${at} is ${isTaken ? 'taken' : 'refused'}`)
  }
})

t.test('cut short anywhere, or with more at its end, nothing is taken', async (t) => {
  for (let length = 0; length < SIGNED.length; length += 7) {
    await t.rejects(trusted(SIGNED.subarray(0, length), new Trust({ key })), UntrustedError)
  }
  await t.rejects(trusted(Buffer.concat([SIGNED, Buffer.alloc(8)]), new Trust({ key })), UntrustedError)
})

t.test('a shadow snapshot is not taken for the public one', async (t) => {
  const refused = { name: 'UntrustedError', message: /not a public snapshot/ }
  await t.rejects(trusted(shadowSnapshot(1).bytes, new Trust({ key: undefined })), refused)
  await t.rejects(checked(shadowSnapshot(1).bytes), refused)
})

t.test('any bytes are refused and harm nothing, with a key or without', async () => {
  const start = Buffer.from(SIGNED.subarray(0, layout.HEADER.size))
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }).map((rest) => Buffer.concat([start, rest])),
  )
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      const outcome = await trusted(bytes, new Trust({ key: undefined })).catch((error) => error)
      return outcome instanceof UntrustedError
    }),
    { numRuns: 1000 },
  )
})

t.test('without a key what is whole is taken, signed by whomever, and what is damaged is not', async (t) => {
  const unsigned = publicSnapshot(8).bytes
  t.equal((await trusted(unsigned, new Trust({ key: undefined }))).generation, 8)
  await t.rejects(trusted(unsigned, new Trust({ key })), UntrustedError)
  const damaged = Buffer.from(unsigned)
  damaged[damaged.length - 8] = (damaged.at(-8) ?? 0) ^ 1
  await t.rejects(trusted(damaged, new Trust({ key: undefined })), UntrustedError)
})

t.test('what was proved as it came is taken, with the state word of this machine', async (t) => {
  const bytes = Buffer.from(SIGNED)
  bytes.writeUInt32LE(1, layout.HEADER.at.state)
  const snapshot = await checked(bytes)
  t.equal(snapshot.generation, 8)
  t.ok(bytes.equals(SIGNED))
  await t.rejects(checked(Buffer.from(SIGNED.subarray(0, 500))), UntrustedError)
})

/** The least contents that are whole, with these parts. */
const unsigned = (parts: Partial<PublicContents>): Uint8Array => {
  const bytes = buildPublic({ ...contents(2), ...parts })
  stamp(bytes, { generation: 2 })
  return bytes
}

t.test(
  'no account has the id of root or the one that means none: as user, group, primary group or membership',
  async (t) => {
    const group = { name: 'some', passwd: '*', members: ['user1'] }
    for (const id of [0, 0xffffffff]) {
      const cases = [
        { passwd: [user(1), { ...user(2), uid: id }] },
        { passwd: [user(1), { ...user(2), gid: id }] },
        { group: [{ ...group, gid: id }] },
        { initgroups: [{ name: 'user1', gids: [1000, id] }] },
      ]
      for (const parts of cases) {
        await t.rejects(checked(unsigned(parts)), UntrustedError, JSON.stringify(parts))
        await t.rejects(trusted(unsigned(parts), new Trust({ key: undefined })), UntrustedError)
      }
    }
    for (const id of [1, 0xfffffffe]) {
      const taken = { passwd: [{ ...user(1), uid: id, gid: id }], group: [{ ...group, gid: id }] }
      t.ok(await checked(unsigned(taken)), `control: ${id} is an id like others`)
    }
  },
)

/** How often others had their turn while something was done. */
async function turnsOfOthers(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const turn = (): void => {
    if (isOver) return
    turns++
    setImmediate(turn)
  }
  turn()
  await work()
  isOver = true
  return turns
}

t.test('others have their turn while a large snapshot is checked, and not after every record', async (t) => {
  const { bytes } = publicSnapshot(8, 20_000)
  const turns = await turnsOfOthers(() => checked(bytes))
  t.ok(turns >= 4 && turns < 50, `${turns} turns`)
  const proving = await turnsOfOthers(() => trusted(bytes, new Trust({ key: undefined })))
  t.ok(proving > turns && proving < 100, `${proving} turns`)
})

t.test('of a snapshot that was checked the new records alone are looked at, and none of them is missed', async (t) => {
  const snapshotWith = (users: PublicContents['passwd']): Uint8Array => {
    const bytes = buildPublic({ ...contents(0), passwd: users })
    stamp(bytes, { generation: 9 })
    return bytes
  }
  const users = Array.from({ length: 20 }, (_, i) => user(i + 1))
  const held = await checked(snapshotWith(users))
  t.equal((await checked(snapshotWith([...users, user(21)]), held)).count('passwd'), 21)
  const root = { ...user(99), uid: 0 }
  for (const at of [0, 7, 20]) {
    const refused = { name: 'UntrustedError', message: /uid 0/ }
    await t.rejects(checked(snapshotWith(users.toSpliced(at, 0, root)), held), refused, `root is put in before ${at}`)
    await t.rejects(checked(snapshotWith(users.toSpliced(at, 1, root)), held), refused, `root is at ${at}`)
  }
})
