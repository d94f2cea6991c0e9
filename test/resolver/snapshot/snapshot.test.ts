import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { PUBLIC_DATABASES } from '../../../src/resolver/databases/contents.ts'
import { DATABASES, type DatabaseName, type Entries } from '../../../src/resolver/databases/table.ts'
import * as layout from '../../../src/resolver/layout.ts'
import type { Key } from '../../../src/resolver/records/keys.ts'
import { buildPublic, buildShadow, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { headerOf, withState } from '../../../src/resolver/snapshot/header.ts'
import { proveTable } from '../../../src/resolver/snapshot/proof.ts'
import type { SectionEntry } from '../../../src/resolver/snapshot/section-table.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { foldCase } from '../../../src/values/index.ts'
import { ENTRY, publicContents } from '../contents.ts'
import { unlessDamaged } from '../damage.ts'

/** The part of tap's test object that a property needs. */
type Assertions = Pick<typeof t, 'doesNotThrow'>

/** Asserts a property as one assertion of the test. */
function holds<Ts>(t: Assertions, property: fc.IProperty<Ts>, options: fc.Parameters<Ts> = {}): void {
  t.doesNotThrow(() => fc.assert(property, options), 'the property holds')
}

/** The keys that an entry is found by. */
function keysOf(database: DatabaseName, entry: unknown): Key[] {
  const found = entry as Partial<
    Entries['passwd'] & Entries['group'] & Entries['hosts'] & Entries['ethers'] & Entries['networks']
  >
  const keys: Key[] = (found.names ?? [found.name ?? '']).map((name) => ({ name }))
  if (database === 'passwd') keys.push({ id: found.uid ?? 0 })
  if (database === 'group') keys.push({ id: found.gid ?? 0 })
  if (database === 'networks') keys.push({ id: found.number ?? 0 })
  for (const address of found.addresses ?? []) keys.push({ address: address.bytes })
  if (found.mac !== undefined) keys.push({ mac: found.mac })
  return keys
}

const text = (value: Uint8Array): string => Buffer.from(value).toString('latin1')

/** A key as a text, equal for keys that are matched as equal. */
function keyText(database: DatabaseName, key: Key): string {
  if ('name' in key) return `name ${DATABASES[database].foldsCase ? foldCase(key.name) : key.name}`
  if ('id' in key) return `id ${key.id}`
  return 'mac' in key ? `mac ${text(key.mac)}` : `address ${text(key.address)}`
}

t.test('every entry is found by every key, the first one where two share a key, and listed in order', async (t) => {
  holds(
    t,
    fc.property(publicContents, (contents) => {
      const snapshot = Snapshot.open(buildPublic(contents))
      for (const database of PUBLIC_DATABASES) {
        const first = new Map<string, unknown>()
        for (const entry of contents[database]) {
          for (const key of keysOf(database, entry)) {
            const name = keyText(database, key)
            if (!first.has(name)) first.set(name, entry)
            const found = snapshot.find(database, key)
            if (!isDeepStrictEqual(found, first.get(name)))
              throw new Error(`${database} ${name}: ${fc.stringify(found)}`)
          }
        }
        const listed = [...snapshot.entries(database)]
        if (!isDeepStrictEqual(listed, contents[database])) throw new Error(`${database} lists ${fc.stringify(listed)}`)
        if (snapshot.isComplete(database) !== contents.complete.has(database)) throw new Error('complete')
        if (snapshot.count(database) !== contents[database].length) throw new Error('count')
      }
      const { patterns, ranges, masterorder, domain, zones } = contents
      const { zoneSettings } = snapshot
      const rest = [snapshot.patterns(), snapshot.ranges(), snapshot.masterorder(), snapshot.domain, zoneSettings]
      return isDeepStrictEqual(rest, [patterns, ranges, masterorder, domain, zones])
    }),
    { numRuns: 60 },
  )
})

t.test('a key that no entry has is not found', async (t) => {
  holds(
    t,
    fc.property(publicContents, fc.uint8Array({ minLength: 4, maxLength: 4 }), (contents, bytes) => {
      const snapshot = Snapshot.open(buildPublic(contents))
      const absent: Key[] = [{ name: 'no such name\0' }, { id: 0xffffffff }]
      const address = { address: bytes }
      const known = contents.hosts.some((host) => host.addresses.some((one) => text(one.bytes) === text(bytes)))
      if (!known && snapshot.lookup('hosts', address) !== undefined) throw new Error('an unknown address was found')
      return PUBLIC_DATABASES.every((database) => absent.every((key) => snapshot.lookup(database, key) === undefined))
    }),
    { numRuns: 60 },
  )
})

t.test('the same contents give the same bytes, and the digest does not depend on the generation', async (t) => {
  holds(
    t,
    fc.property(publicContents, fc.nat(), (contents, generation) => {
      const one = buildPublic(contents)
      const two = buildPublic(contents)
      if (!Buffer.from(one).equals(two)) throw new Error('two builds differ')
      stamp(two, { generation, contentTime: 5, forcedAt: 3 }, () => new Uint8Array(64).fill(7))
      withState(two, layout.STATES.SUPERSEDED)
      const { header, digest } = Snapshot.open(two)
      if (!Snapshot.open(two).verifyDigest()) throw new Error('the digest is that of an unstamped one alone')
      if (Buffer.compare(digest, Snapshot.open(one).digest) !== 0) throw new Error('two digests differ')
      return isDeepStrictEqual([header.generation, header.contentTime, header.forcedAt], [generation, 5, 3])
    }),
    { numRuns: 30 },
  )
})

t.test('a byte of the content that is changed makes another digest', async (t) => {
  holds(
    t,
    fc.property(publicContents, fc.nat(), fc.integer({ min: 1, max: 255 }), (contents, any, flip) => {
      const bytes = buildPublic(contents)
      const at = any % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ flip
      const { generation, signature } = layout.HEADER.at
      if (at >= generation && at < signature) return true
      return isWhole(bytes) === (at >= signature && at < layout.HEADER.size)
    }),
    { numRuns: 300 },
  )
})

/** Whether bytes are a snapshot that holds what its digests were made of. */
function isWhole(bytes: Uint8Array): boolean {
  return unlessDamaged(() => Snapshot.open(bytes).verifyDigest()) ?? false
}

t.test('a section that did not change is the same bytes with the same digest, wherever it stands', async (t) => {
  holds(
    t,
    fc.property(publicContents, fc.array(ENTRY.passwd, { minLength: 1, maxLength: 5 }), (contents, more) => {
      const [before, after] = [
        contents,
        { ...contents, domain: `x.${contents.domain}`, passwd: [...contents.passwd, ...more] },
      ]
      const sections = [before, after].map((from) => sectionBytes(buildPublic(from)))
      const isChanged = (id: number): boolean =>
        id === layout.DOMAIN.id || Math.floor(id / 4) === DATABASES.passwd.number
      return [...(sections[0] ?? [])].every(([id, bytes]) => isChanged(id) || sections[1]?.get(id) === bytes)
    }),
    { numRuns: 60 },
  )
})

/** Each section's digest and bytes, by id, as text. */
function sectionBytes(bytes: Uint8Array): Map<number, string> {
  const file = Buffer.from(bytes)
  const entries = proveTable(headerOf(bytes), bytes)
  const textOf = ({ digest, offset, size }: SectionEntry): string =>
    `${text(digest)} ${text(file.subarray(offset, offset + size))}`
  return new Map(entries.map((entry) => [entry.id, textOf(entry)]))
}

t.test('the position of a record leads to it and to those after it', async (t) => {
  holds(
    t,
    fc.property(publicContents, (contents) => {
      const snapshot = Snapshot.open(buildPublic(contents))
      const names = contents.hosts.flatMap((host) => host.names.slice(0, 1))
      return names.every((name) => {
        const record = snapshot.lookup('hosts', { name }) ?? new Uint8Array()
        const [first] = snapshot.records('hosts', snapshot.positionOf('hosts', record))
        return first !== undefined && Buffer.compare(first.record, record) === 0
      })
    }),
    { numRuns: 30 },
  )
})

t.test('any damage is a SnapshotError or a wrong answer, never another throw or an endless loop', async (t) => {
  holds(
    t,
    fc.property(
      publicContents,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }),
      fc.nat(),
      (contents, changes, cut) => {
        const bytes = buildPublic(contents)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const damaged = cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
        const snapshot = unlessDamaged(() => Snapshot.open(damaged))
        if (snapshot === undefined) return
        for (const database of PUBLIC_DATABASES) {
          const keys = contents[database].flatMap((entry) => keysOf(database, entry))
          for (const key of keys) unlessDamaged(() => snapshot.find(database, key))
          unlessDamaged(() => Array.from(snapshot.entries(database)))
        }
        unlessDamaged(() => snapshot.patterns())
        unlessDamaged(() => snapshot.ranges())
        unlessDamaged(() => snapshot.masterorder())
        unlessDamaged(() => snapshot.zoneSettings)
      },
    ),
    { numRuns: 400 },
  )
})

t.test('a shadow snapshot says so and holds shadow alone', async (t) => {
  const entry = {
    name: 'alice',
    passwd: '$6$x',
    lastChange: 1,
    min: -1,
    max: 99999,
    warn: 7,
    inactive: -1,
    expire: -1,
    flag: 0xffffffff,
  }
  const snapshot = Snapshot.open(buildShadow({ inputs: new Map(), shadow: [entry], complete: true }))
  t.equal(snapshot.kind, layout.KINDS.SHADOW)
  t.same(snapshot.find('shadow', { name: 'alice' }), entry)
  t.equal(snapshot.count('passwd'), 0)
})
