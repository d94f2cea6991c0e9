/** What the fuzzers begin with, made from today's layout and protocol: whole inputs of every shape, and those that once found a fault. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { FRAME_HEAD, STATUSES } from '../../../src/kickback/wire/protocol.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { buildPublic, buildShadow, DATABASE_NAMES, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { contents, shadowContents } from '../contents.ts'
import { numberOf, stringOffsets } from '../string-offsets.ts'

/** Inputs of one fuzzer by names that say what they are. */
export type Seeds = ReadonlyMap<string, Uint8Array>

const NOBODY: Partial<PublicContents> = {
  passwd: [],
  group: [],
  hosts: [],
  ethers: [],
  netgroup: [],
  networks: [],
  patterns: [],
}

/** Built bytes as a generation of its own. */
function stamped(bytes: Uint8Array): Uint8Array {
  stamp(bytes, { generation: 1 })
  return bytes
}

/** Snapshots: the module is asked everything of each. */
export function snapshotSeeds(): Seeds {
  const whole = (changes: Partial<PublicContents> = {}): Uint8Array => stamped(buildPublic(contents(changes)))
  return new Map([
    ['whole', whole()],
    ['shadow', stamped(buildShadow(shadowContents()))],
    ['empty', whole(NOBODY)],
    ['without-domain', whole({ domain: '' })],
    ['incomplete', whole({ complete: new Set() })],
    ['hosts-alone', whole({ passwd: [], group: [], netgroup: [] })],
    ['accounts-alone', whole({ hosts: [], ethers: [], netgroup: [], patterns: [] })],
    ...pastStrings(),
  ])
}

/**
 * Inputs that once found a fault: an offset of a record's string that is just past its strings, for each such offset of the record
 * of each database that has the most of them. A bound that was off by one read the byte after them.
 */
function* pastStrings(): Generator<readonly [string, Uint8Array]> {
  for (const database of DATABASE_NAMES) {
    const whole = database === 'shadow' ? buildShadow(shadowContents()) : buildPublic(contents())
    const records = [...Snapshot.open(whole).records(database)].map(({ record }) => record)
    const [record] = records.sort((a, b) => stringOffsets(database, b).length - stringOffsets(database, a).length)
    if (record === undefined) continue
    for (const { what, at, width } of stringOffsets(database, record)) {
      const bytes = Buffer.from(whole)
      bytes.writeUIntLE(numberOf(database, record, 'strings_size'), record.byteOffset - whole.byteOffset + at, width)
      yield [`${database}-${what.replaceAll(' ', '-')}-past-strings`, stamped(bytes)]
    }
  }
}

/** The bodies of a daemon's replies to the module: each database's first record, and each status. */
export function messageSeeds(): Seeds {
  const from = { public: Snapshot.open(buildPublic(contents())), shadow: Snapshot.open(buildShadow(shadowContents())) }
  const seeds = new Map<string, Uint8Array>()
  for (const database of DATABASE_NAMES) {
    for (const { record, position } of from[database === 'shadow' ? 'shadow' : 'public'].records(database)) {
      seeds.set(`${database}-at-${position}`, reply({ status: STATUSES.SUCCESS, record, generation: 1 }))
    }
  }
  seeds.set('not-found', reply({ status: STATUSES.NOTFOUND, generation: 1 }))
  seeds.set('try-again', reply({ status: STATUSES.TRYAGAIN, error: 'busy', message: 'too much is asked at once' }))
  seeds.set('denied', reply({ status: STATUSES.UNAVAIL, error: 'denied', message: 'this asker may not ask that' }))
  seeds.set('fields-of-tomorrow', reply({ status: STATUSES.NOTFOUND, more: { of: [1, 'x', true, -5, Buffer.of(1)] } }))
  return seeds
}

/** The body of a reply to the module's question, whose id is 1. */
function reply(fields: object): Uint8Array {
  return encodeFrame({ id: 1, ...fields }).subarray(FRAME_HEAD)
}

/** The seeds of each fuzzer. */
export const SEEDS: { readonly snapshot: () => Seeds; readonly message: () => Seeds } = {
  snapshot: snapshotSeeds,
  message: messageSeeds,
}

/** Writes seeds as files of a new folder. */
export function writeSeeds(folder: string, seeds: Seeds): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of seeds) writeFileSync(join(folder, name), bytes)
}
