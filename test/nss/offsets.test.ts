import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ETHER } from '../../src/resolver/databases/ethers.ts'
import { GROUP } from '../../src/resolver/databases/group.ts'
import { HOST } from '../../src/resolver/databases/hosts.ts'
import { INITGROUPS } from '../../src/resolver/databases/initgroups.ts'
import { NETGROUP } from '../../src/resolver/databases/netgroup.ts'
import { NETWORK } from '../../src/resolver/databases/networks.ts'
import { PASSWD } from '../../src/resolver/databases/passwd.ts'
import { SHADOW } from '../../src/resolver/databases/shadow.ts'
import { buildPublic, buildShadow, type DatabaseName, layout, stamp } from '../../src/resolver/index.ts'
import { ip, mac } from '../addresses.ts'
import { contents, group, node, shadowContents, user } from './contents.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir } from './rundir.ts'

const { PATTERN, SECTION } = layout

/** One of each: the record that is asked for is the first of its section. */
const PUBLIC = buildPublic(
  contents({
    passwd: [user('ada', 1000)],
    group: [group('physics', 2000, 'ada', 'grace')],
    hosts: [{ ...node(1), names: ['n1', 'node-1'], addresses: [ip('10.0.0.1')] }],
    ethers: [{ mac: mac('2:0:0:0:0:1'), name: 'n1' }],
    netgroup: [{ name: 'cluster', triples: [{ host: 'n1', user: 'ada', domain: 'cluster' }] }],
    networks: [{ names: ['private', 'cluster-net'], number: 0x0a000000 }],
  }),
)
const PRIVATE = buildShadow(shadowContents())
for (const bytes of [PUBLIC, PRIVATE]) stamp(bytes, { generation: 1 })

/** An offset into the strings of a record: where it stands in the record, and how it is read. */
interface Offset {
  readonly what: string
  readonly section: number
  readonly question: string
  readonly at: number
  readonly width: 2 | 4
  /** Where and how the length of the strings stands. */
  readonly size: number
  readonly sizeWidth: 2 | 4
}

function offsets(
  database: DatabaseName,
  question: string,
  size: readonly [number, 2 | 4],
  fields: Readonly<Record<string, readonly [number, 2 | 4]>>,
): Offset[] {
  const [sizeAt, sizeWidth] = size
  return Object.entries(fields).map(([what, [at, width]]) => {
    return {
      what: `${database}: ${what}`,
      section: layout.recordsId(database),
      question,
      at,
      width,
      size: sizeAt,
      sizeWidth,
    }
  })
}

const ALL: readonly Offset[] = [
  ...offsets('passwd', 'passwd:name:ada', [PASSWD.at.strings_size, 2], {
    passwd: [PASSWD.at.passwd, 2],
    gecos: [PASSWD.at.gecos, 2],
    dir: [PASSWD.at.dir, 2],
    shell: [PASSWD.at.shell, 2],
  }),
  ...offsets('group', 'group:id:2000', [GROUP.at.strings_size, 4], {
    passwd: [GROUP.at.passwd, 4],
    'first member': [GROUP.size, 4],
    'last member': [GROUP.size + 4, 4],
  }),
  ...offsets('hosts', 'hosts:address:10.0.0.1', [HOST.at.strings_size, 4], {
    alias: [HOST.size + layout.ADDRESS.size + 4, 4],
  }),
  ...offsets('networks', 'networks:number:0a000000', [NETWORK.at.strings_size, 4], { alias: [NETWORK.size + 4, 4] }),
  ...offsets('netgroup', 'netgroup:cluster', [NETGROUP.at.strings_size, 4], {
    host: [NETGROUP.size, 4],
    user: [NETGROUP.size + 4, 4],
    domain: [NETGROUP.size + 8, 4],
  }),
  ...offsets('shadow', 'shadow:ada', [SHADOW.at.strings_size, 2], { passwd: [SHADOW.at.passwd, 2] }),
]

/** Where a section starts. */
function sectionAt(bytes: Buffer, id: number): number {
  const table = layout.HEADER.size
  for (let i = 0; i < bytes.readUInt32LE(layout.HEADER.at.section_count); i++) {
    const entry = table + i * SECTION.size
    if (bytes.readUInt32LE(entry + SECTION.at.id) === id) {
      return Number(bytes.readBigUInt64LE(entry + SECTION.at.offset))
    }
  }
  throw new Error(`no section ${id}`)
}

const read = (bytes: Buffer, at: number, width: 2 | 4): number => bytes.readUIntLE(at, width)

/** What is answered where one offset is another number. */
function answered(offset: Offset, change: (size: number) => number): string {
  const run = new RunDir()
  try {
    const isPrivate = offset.question.startsWith('shadow:')
    const bytes = Buffer.from(isPrivate ? PRIVATE : PUBLIC)
    const record = sectionAt(bytes, offset.section)
    const size = read(bytes, record + offset.size, offset.sizeWidth)
    bytes.writeUIntLE(change(size), record + offset.at, offset.width)
    if (isPrivate) {
      mkdirSync(join(run.path, 'private'), { mode: 0o750 })
      writeFileSync(join(run.path, 'private/shadow.1'), bytes, { mode: 0o640 })
    } else run.publishBytes(bytes)
    return answerOf(asked(run.path, [`ask 4096 ${offset.question}`], 'address')[0]).status
  } finally {
    run.remove()
  }
}

t.test('an offset may lead to the last byte of the strings, and not one further', { skip: noCompiler }, async (t) => {
  for (const offset of ALL) {
    // pw_passwd is "*" and NUL: the last byte alone is no such string, and is refused for that.
    const last = offset.what === 'passwd: passwd' ? 'UNAVAIL' : 'SUCCESS'
    t.equal(
      answered(offset, (size) => size - 1),
      last,
      `${offset.what}, the last NUL`,
    )
    t.equal(
      answered(offset, (size) => size),
      'UNAVAIL',
      `${offset.what}, one past`,
    )
    t.equal(
      answered(offset, (size) => size + 1),
      'UNAVAIL',
      `${offset.what}, two past`,
    )
  }
})

t.test('the strings of a record may fill it, and not be longer', { skip: noCompiler }, async (t) => {
  const rows: Offset[] = [
    ...offsets('passwd', 'passwd:name:ada', [PASSWD.at.strings_size, 2], { strings: [PASSWD.at.strings_size, 2] }),
    ...offsets('group', 'group:id:2000', [GROUP.at.strings_size, 4], { strings: [GROUP.at.strings_size, 4] }),
    ...offsets('hosts', 'hosts:address:10.0.0.1', [HOST.at.strings_size, 4], { strings: [HOST.at.strings_size, 4] }),
    ...offsets('ethers', 'ethers:mac:2:0:0:0:0:1', [ETHER.at.strings_size, 2], { strings: [ETHER.at.strings_size, 2] }),
    ...offsets('netgroup', 'netgroup:cluster', [NETGROUP.at.strings_size, 4], {
      strings: [NETGROUP.at.strings_size, 4],
    }),
    ...offsets('networks', 'networks:number:0a000000', [NETWORK.at.strings_size, 4], {
      strings: [NETWORK.at.strings_size, 4],
    }),
    ...offsets('shadow', 'shadow:ada', [SHADOW.at.strings_size, 2], { strings: [SHADOW.at.strings_size, 2] }),
  ]
  const fixed: Readonly<Record<string, number>> = {
    'passwd: strings': PASSWD.size,
    'group: strings': GROUP.size + 8,
    'hosts: strings': HOST.size + layout.ADDRESS.size + 8,
    'ethers: strings': ETHER.size,
    'netgroup: strings': NETGROUP.size + 12,
    'networks: strings': NETWORK.size + 8,
    'shadow: strings': SHADOW.size,
  }
  for (const row of rows) {
    const before = fixed[row.what] ?? 0
    const room = (size: number): number => before + size + 7 - ((before + size + 7) % 8) - before
    t.equal(answered(row, room), 'SUCCESS', `${row.what}, to the record's end`)
    t.match(
      answered(row, (size) => room(size) + 1),
      /UNAVAIL|NOTFOUND/,
      `${row.what}, one byte more`,
    )
  }
})

t.test('the last string of a record ends, whatever its last byte is', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const bytes = Buffer.from(PUBLIC)
  for (const [section, at, start] of [
    [layout.recordsId('passwd'), PASSWD.at.strings_size, PASSWD.size],
    [layout.recordsId('group'), GROUP.at.strings_size, GROUP.size + 8],
  ] as const) {
    const record = sectionAt(bytes, section)
    bytes.write('X', record + start + bytes.readUInt16LE(record + at) - 1)
  }
  run.publishBytes(bytes)
  const lines = asked(run.path, ['ask 4096 passwd:name:ada', 'ask 4096 group:id:2000'], 'address')
  t.strictSame(
    lines.map((line) => answerOf(line).text.replace(/.*:/, '')),
    ['/bin/sh', 'grace]'],
  )
})

/** A count of parts of a record: where it stands, how long each part is, and what stands before them. */
const COUNTS = [
  { what: 'members', database: 'group', at: GROUP.at.member_count, width: 4, part: 4, question: 'group:id:2000' },
  { what: 'gids', database: 'initgroups', at: INITGROUPS.at.gid_count, width: 4, part: 4, question: 'initgroups:ada' },
  {
    what: 'triples',
    database: 'netgroup',
    at: NETGROUP.at.triple_count,
    width: 4,
    part: 12,
    question: 'netgroup:cluster',
  },
  {
    what: 'addresses',
    database: 'hosts',
    at: HOST.at.address_count,
    width: 2,
    part: layout.ADDRESS.size,
    question: 'hosts:address:10.0.0.1',
  },
  {
    what: 'networks',
    database: 'networks',
    at: NETWORK.at.name_count,
    width: 4,
    part: 4,
    question: 'networks:name:private',
  },
  { what: 'names', database: 'hosts', at: HOST.at.name_count, width: 2, part: 4, question: 'hosts:address:10.0.0.1' },
] as const

t.test('a count whose parts do not fit into their record is damage', { skip: noCompiler }, async (t) => {
  for (const { what, database, at, width, part, question } of COUNTS) {
    for (const extra of [0, 1, 2, 5, 20, 0x3fffffff, 0x55555555, 0xfffffffe]) {
      const run = new RunDir()
      const bytes = Buffer.from(PUBLIC)
      const record = sectionAt(bytes, layout.recordsId(database))
      const count = Math.ceil(bytes.readUInt32LE(record) / part) + extra
      bytes.writeUIntLE(count % 2 ** (8 * width), record + at, width)
      run.publishBytes(bytes)
      const { status } = answerOf(asked(run.path, [`ask 65536 ${question}`], 'address')[0])
      t.match(status, /UNAVAIL|NOTFOUND/, `${what}: ${count}`)
      run.remove()
    }
  }
})

t.test('a pattern whose offset leads out of it is damage, and computes nothing', { skip: noCompiler }, async (t) => {
  for (const field of ['prefix', 'suffix', 'target_prefix', 'target_suffix'] as const) {
    for (const [past, status] of [
      [0, 'UNAVAIL|NOTFOUND'],
      [-1, 'SUCCESS|NOTFOUND'],
    ] as const) {
      const run = new RunDir()
      t.teardown(() => run.remove())
      const bytes = Buffer.from(PUBLIC)
      const record = sectionAt(bytes, layout.PATTERNS.id)
      const size = bytes.readUInt16LE(record + PATTERN.at.strings_size)
      bytes.writeUInt16LE(size + past, record + PATTERN.at[field])
      run.publishBytes(bytes)
      const answer = answerOf(asked(run.path, ['ask 4096 hosts:4:.1'], 'address')[0])
      t.match(answer.status, new RegExp(`^(${status})$`), `${field}, ${past === 0 ? 'one past' : 'the last NUL'}`)
    }
  }
})

t.test('spellings that are damaged are no absence: the name may be one of them', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const bytes = Buffer.from(PUBLIC)
  const table = bytes.readUInt32LE(layout.HEADER.at.header_size)
  for (let at = table; ; at += SECTION.size) {
    if (bytes.readUInt32LE(at + SECTION.at.id) !== layout.PATTERNS.id) continue
    bytes.writeBigUInt64LE(BigInt(bytes.length), at + SECTION.at.offset)
    break
  }
  run.publishBytes(bytes)
  const [spelled, stored, none] = asked(
    run.path,
    ['hosts:4:.1', 'hosts:4:n1', 'passwd:name:ghost'].map((question) => `ask 4096 ${question}`),
    'address',
  )
  t.equal(answerOf(spelled).status, 'UNAVAIL')
  t.equal(answerOf(stored).status, 'SUCCESS', 'a stored name needs none of them')
  t.equal(answerOf(none).status, 'NOTFOUND', 'other databases are whole')
})
