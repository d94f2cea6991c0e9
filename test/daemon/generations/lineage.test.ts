import t from 'tap'
import { buildCandidate, NO_SNAPSHOTS, type SnapshotPair } from '../../../src/daemon/candidate/candidate.ts'
import { Lineage } from '../../../src/daemon/generations/lineage.ts'
import { GenerationHistory, headerOf, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { clusterKey, isProved, lineageKeys } from '../../keys.ts'
import { RULES, sourcesOf } from '../sources.ts'

const NOW = 1_790_000_000
const { privateKey, key: publicKey, sign } = clusterKey()

/** The snapshots of a small cluster with so many users, not stamped. */
function built(users: number): SnapshotPair {
  return (
    buildCandidate({ sources: sourcesOf(users), rules: RULES, before: NO_SNAPSHOTS, today: 0 }, () => []).built ??
    NO_SNAPSHOTS
  )
}

/** A lineage, and how often it asked to renumber what is served. */
function lineage(restored?: { backup: number | undefined; end: (why: string) => void }) {
  const asked = { renumber: 0, warned: 0 }
  const silent = () => {}
  const made = new Lineage({
    history: new GenerationHistory(),
    keys: lineageKeys(privateKey),
    log: { debug: silent, info: silent, warn: () => void asked.warned++, error: silent },
    clock: () => NOW,
    own: () => [],
    renumber: () => void asked.renumber++,
    ...(restored && { restored }),
  })
  return { made, asked }
}

const order = (time: number, isForced = false) => ({ inputTimes: [1, time], isForced, cause: 'reload' })
const opened = (bytes: Uint8Array = new Uint8Array()) => Snapshot.open(bytes)

t.test('both snapshots of a reload have one number, and numbers of both kinds are one sequence', async (t) => {
  const { made } = lineage()
  const first = built(2)
  made.stamp(first, order(NOW - 100))
  const { generation } = opened(first.public)
  t.equal(opened(first.shadow).generation, generation)
  const shadowAlone = { public: undefined, shadow: built(3).shadow }
  made.stamp(shadowAlone, order(NOW - 90))
  t.ok(opened(shadowAlone.shadow).generation > generation)
  const publicAlone = { public: built(4).public, shadow: undefined }
  made.stamp(publicAlone, order(NOW - 80))
  t.ok(opened(publicAlone.public).generation > opened(shadowAlone.shadow).generation)
  for (const bytes of [first.public, first.shadow, shadowAlone.shadow]) t.ok(isProved(opened(bytes), publicKey))
})

t.test(
  'equal content under a greater number of our key is adopted as it is; under another key it is not used',
  async (t) => {
    const { made, asked } = lineage()
    const own = built(2)
    made.stamp(own, order(NOW - 100))
    const theirs = Uint8Array.from(own.public ?? [])
    const { generation } = opened(theirs)
    stamp(theirs, { generation: generation + 16, contentTime: NOW - 100 }, clusterKey().sign)
    made.met(theirs.subarray(0, 192), 'node 10.0.0.5')
    made.met(new Uint8Array(192), 'node 10.0.0.5')
    made.met(new Uint8Array(3), 'node 10.0.0.5')
    t.equal(asked.renumber, 0)
    stamp(theirs, { generation: generation + 16, contentTime: NOW - 100 }, sign)
    made.met(theirs.subarray(0, 192), 'node 10.0.0.5')
    t.equal(asked.renumber, 1)
    t.same(made.renumbered()?.snapshot.bytes, theirs)
    t.ok(made.holds(generation + 16, opened(theirs).digest))
    t.equal(made.renumbered(), undefined, 'once is enough')
  },
)

t.test('other content that is newer is a conflict, until a forced generation stands above it', async (t) => {
  const { made } = lineage()
  const own = built(2)
  made.stamp(own, order(NOW - 100))
  const theirs = built(3).public ?? new Uint8Array()
  stamp(theirs, { generation: NOW + 32, contentTime: NOW - 50 }, sign)
  made.met(theirs.subarray(0, 192), 'master 10.0.0.2:3045')
  t.match(made.conflict(), {
    reason: 'content',
    generation: NOW + 32,
    holders: ['master 10.0.0.2:3045'],
    time: NOW - 50,
    own_time: NOW - 100,
  })
  const forced = { public: built(2).public, shadow: undefined }
  made.stamp(forced, order(NOW - 100, true))
  const header = headerOf(forced.public ?? new Uint8Array())
  t.ok(header.generation > NOW + 32)
  t.equal(header.forcedAt, header.generation)
  t.equal(made.conflict(), undefined)
})

t.test('what another key signed is signed anew under a greater number', async (t) => {
  const { made } = lineage()
  const kept = built(2)
  for (const bytes of [kept.public, kept.shadow]) {
    if (bytes !== undefined) stamp(bytes, { generation: NOW - 10, contentTime: NOW - 100 })
  }
  const before = { public: opened(kept.public), shadow: opened(kept.shadow) }
  made.resume(before)
  const { public: anew, shadow } = made.continued(before)
  for (const [now, was] of [
    [anew, before.public],
    [shadow, before.shadow],
  ] as const) {
    t.ok(now && isProved(now, publicKey))
    t.ok((now?.generation ?? 0) > NOW - 10)
    t.same(now?.digest, was.digest)
  }
})

t.test('what was kept is served as it is, where this key signed it and its number is one', async (t) => {
  const { made, asked } = lineage()
  const kept = built(2)
  for (const bytes of [kept.public, kept.shadow]) {
    if (bytes !== undefined) stamp(bytes, { generation: NOW - 10, contentTime: NOW - 100 }, sign)
  }
  const before = { public: opened(kept.public), shadow: opened(kept.shadow) }
  made.resume(before)
  t.same(made.continued(before), before)
  t.equal(asked.warned, 0)
  const next = { public: built(3).public, shadow: undefined }
  made.stamp(next, order(NOW - 90))
  t.ok(opened(next.public).generation > NOW - 10)
})

t.test(
  'a kept generation with a number that no master makes has another at once, above those of secondaries',
  async (t) => {
    const secondary = NOW + 5000
    for (const generation of [2 ** 52, 2 ** 52 - 2 ** 33, 2 ** 53 - 1]) {
      const { made, asked } = lineage()
      const kept = built(2)
      for (const bytes of [kept.public, kept.shadow]) {
        if (bytes === undefined) continue
        stamp(bytes, { generation, contentTime: generation, forcedAt: generation }, sign)
      }
      const before = { public: opened(kept.public), shadow: opened(kept.shadow) }
      made.resume(before)
      made.heardSerials([secondary])
      const { public: now, shadow } = made.continued(before)
      for (const one of [now, shadow]) {
        t.ok(one && isProved(one, publicKey))
        t.ok((one?.generation ?? 0) > secondary)
        t.ok((one?.generation ?? 0) < secondary + 100)
      }
      t.same(now?.digest, before.public.digest)
      t.equal(now?.header.forcedAt, 0)
      t.equal(asked.warned, 1)
      t.ok(made.holds(now?.generation ?? 0, now?.digest ?? new Uint8Array()), 'nodes that hold it are known')
    }
  },
)

t.test('a number that no master makes is ignored, with one warning: it is no conflict', async (t) => {
  const { made, asked } = lineage()
  made.stamp(built(2), order(NOW - 100))
  for (const [users, number] of [
    [3, 2 ** 52],
    [3, 2 ** 53 - 1],
    [2, 2 ** 52],
  ] as const) {
    const theirs = built(users).public ?? new Uint8Array()
    stamp(theirs, { generation: number, contentTime: NOW - 50 }, sign)
    made.met(theirs.subarray(0, 192), 'node 10.0.0.5')
  }
  t.same([made.conflict(), asked.renumber, asked.warned], [undefined, 0, 1])
  const next = { public: built(4).public, shadow: undefined }
  made.stamp(next, order(NOW - 90))
  t.ok(opened(next.public).generation < 2 ** 40)
})

/** The mark of what was restored from a backup, and why it was taken away. */
function mark() {
  const ends: string[] = []
  const restored = {
    backup: (NOW - 5000) as number | undefined,
    end(why: string): void {
      if (restored.backup !== undefined) ends.push(why)
      restored.backup = undefined
    },
  }
  return { restored, ends }
}

/** Content of another machine, signed or not by the cluster's key. */
function held(users: number, generation: number, signer = sign): Uint8Array {
  const bytes = Uint8Array.from(built(users).public ?? [])
  stamp(bytes, { generation, contentTime: generation }, signer)
  return headerOf(bytes).bytes
}

t.test('what was restored from a backup counts as in conflict until another machine was met', async (t) => {
  const { restored, ends } = mark()
  const { made } = lineage(restored)
  made.resume({ public: undefined, shadow: undefined })
  const pair = built(2)
  made.stamp(pair, order(NOW - 100))
  const own = opened(pair.public)
  const digest = Buffer.from(own.digest).toString('hex')
  t.match(made.conflict(), {
    ...{ reason: 'restored', generation: own.generation, digest, own_digest: digest },
    ...{ time: NOW - 5000, own_time: NOW - 100, holders: [] },
  })
  made.met(own.header.bytes, 'node on this machine', false)
  t.ok(made.conflict(), 'this machine itself knows nothing that was not restored')
  made.met(held(2, NOW - 50, clusterKey().sign), 'node 10.0.0.1')
  made.met(new Uint8Array(7), 'node 10.0.0.1')
  t.ok(made.conflict(), 'nor does who has nothing that the key signed')
  made.met(own.header.bytes, 'node 10.0.0.1')
  t.equal(made.conflict(), undefined, 'who has what was restored does')
  t.same(ends, ['met node 10.0.0.1'])
})

t.test('where something newer is met the doubt of what was restored becomes a conflict', async (t) => {
  const { restored } = mark()
  const { made } = lineage(restored)
  made.stamp(built(2), order(NOW - 100))
  made.met(held(3, NOW - 50), 'master 10.0.0.2')
  t.match(made.conflict(), { reason: 'content', generation: NOW - 50, holders: ['master 10.0.0.2'] })
  t.equal(restored.backup, undefined)
})

t.test('an order decides about what was restored, a usual reload does not', async (t) => {
  const { restored, ends } = mark()
  const { made } = lineage(restored)
  made.stamp(built(2), order(NOW - 100))
  made.stamp(built(3), order(NOW - 90))
  t.match(made.conflict(), { reason: 'restored' })
  made.stamp(built(3), order(NOW - 90, true))
  t.equal(made.conflict(), undefined)
  t.same(ends, ['forced'])
})
