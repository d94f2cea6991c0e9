/** Arbitrary contents of snapshots, for properties. */

import fc from 'fast-check'
import type { PublicContents } from '../../src/resolver/databases/contents.ts'
import { DATABASE_NAMES, type DatabaseName, type Entries } from '../../src/resolver/databases/table.ts'
import * as layout from '../../src/resolver/layout.ts'
import type * as entries from '../../src/resolver/records/entries.ts'
import type { Address } from '../../src/values/index.ts'

const record = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { noNullPrototype: true })
const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
/** Any byte string without NUL. */
export const text = fc.string({ unit: byte, maxLength: 40 })
const name = fc.string({ unit: byte, minLength: 1, maxLength: 20 })
const u32 = fc.integer({ min: 0, max: 0xfffffffe })
const i32 = fc.integer({ min: -1, max: 0x7fffffff })
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** Any address. */
export const address: fc.Arbitrary<Address> = fc.oneof(
  bytes(4).map((value) => ({ family: 4 as const, bytes: value })),
  bytes(16).map((value) => ({ family: 6 as const, bytes: value })),
)

/** Any entry of each database. */
export const ENTRY: { readonly [D in DatabaseName]: fc.Arbitrary<Entries[D]> } = {
  passwd: record({ name, passwd: text, uid: u32, gid: u32, gecos: text, dir: text, shell: text }),
  group: record({ name, passwd: text, gid: u32, members: fc.array(name, { maxLength: 6 }) }),
  initgroups: record({ name, gids: fc.array(u32, { maxLength: 6 }) }),
  hosts: record({
    kind: fc.constantFrom(...Object.values(layout.HOST_KINDS)),
    number: i32,
    names: fc.array(name, { minLength: 1, maxLength: 4 }),
    addresses: fc.array(address, { maxLength: 4 }),
  }),
  ethers: record({ mac: bytes(6), name }),
  networks: record({ names: fc.array(name, { minLength: 1, maxLength: 4 }), number: u32 }),
  netgroup: record({
    name,
    triples: fc.array(
      record({
        host: fc.option(text, { nil: undefined }),
        user: fc.option(text, { nil: undefined }),
        domain: fc.option(text, { nil: undefined }),
      }),
      { maxLength: 5 },
    ),
  }),
  shadow: record({
    name,
    passwd: text,
    lastChange: i32,
    min: i32,
    max: i32,
    warn: i32,
    inactive: i32,
    expire: i32,
    flag: fc.integer({ min: 0, max: 0xffffffff }),
  }),
}

const many = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 12 })

const cut = address.chain(({ family, bytes }) =>
  fc.integer({ min: 1, max: family === 4 ? 3 : 8 }).map((octets) => ({ family, prefix: bytes.subarray(0, octets) })),
)
const hostName = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){0,2}$/)

/** Any settings of zones. */
export const zoneSettings: fc.Arbitrary<entries.ZoneSettings> = record({
  ttl: fc.nat(),
  negativeTtl: fc.nat(),
  ns: many(record({ name: hostName, addresses: fc.array(address, { maxLength: 3 }) })),
  own: fc.array(address, { maxLength: 3 }),
  rname: fc.oneof(fc.constant(''), hostName),
  port: fc.integer({ min: 0, max: 0xffff }),
  cuts: many(cut),
})

/** Any contents of a public snapshot. */
export const publicContents: fc.Arbitrary<PublicContents> = record({
  inputs: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z ]{0,8}$/))
    .map((o) => new Map(Object.entries(o))),
  domain: name,
  zones: zoneSettings,
  patterns: many(
    record({
      kind: fc.constantFrom(layout.HOST_KINDS.NODE, layout.HOST_KINDS.COMPANION),
      prefix: text,
      suffix: text,
      targetPrefix: text,
      targetSuffix: text,
      targetWidth: fc.integer({ min: 0, max: 5 }),
      targetShift: fc.integer({ min: -9, max: 9 }),
      numberShift: fc.integer({ min: -9, max: 9 }),
    }),
  ),
  ranges: many(
    record({ kind: fc.constantFrom(...Object.values(layout.RANGE_KINDS)), first: address, name: text }).map(
      (range) => ({ ...range, last: range.first }),
    ),
  ),
  masterorder: many(
    record({ ranges: many(record({ first: i32, last: i32 })), addresses: fc.array(address, { maxLength: 4 }) }),
  ),
  passwd: many(ENTRY.passwd),
  group: many(ENTRY.group),
  initgroups: many(ENTRY.initgroups),
  hosts: many(ENTRY.hosts),
  ethers: many(ENTRY.ethers),
  netgroup: many(ENTRY.netgroup),
  networks: many(ENTRY.networks),
  complete: fc.subarray([...DATABASE_NAMES]).map((names) => new Set(names)),
})
