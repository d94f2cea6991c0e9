// The transcript is what the C library's own getent said of the files beside it: see ask.sh, and test/root/getent.test.ts.

import t from 'tap'
import { PLAIN_RULES, readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import { answer } from '../../../src/resolver/answers/answers.ts'
import { inNetgroup } from '../../../src/resolver/answers/membership.ts'
import type { EtherEntry } from '../../../src/resolver/databases/ethers.ts'
import {
  GETENT_EXITS,
  idOrName,
  internetAddress,
  macKey,
  numericAddress,
  quad,
  strictAddress,
} from '../../../src/resolver/databases/getent.ts'
import type { HostEntry } from '../../../src/resolver/databases/hosts.ts'
import { getentInnetgr, type NetgroupEntry } from '../../../src/resolver/databases/netgroup.ts'
import { DATABASES, type DatabaseName, isDatabase } from '../../../src/resolver/databases/table.ts'
import { HOST_KINDS, NO_NODE } from '../../../src/resolver/layout.ts'
import { USUAL_ZONES } from '../../../src/resolver/records/entries.ts'
import { buildPublic, buildShadow } from '../../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { parseAddress } from '../../../src/values/index.ts'
import { mac } from '../../addresses.ts'
import { fileOf } from '../configs.ts'

const fixture = (name: string): Buffer => fileOf(`test/fixtures/getent/${name}`)
const rows = (name: string): string[][] =>
  fixture(name)
    .toString('latin1')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))

const hosts = rows('hosts').map(([address = '', ...names]): HostEntry => {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new Error(`${address} is no address`)
  return { kind: HOST_KINDS.HOST, number: NO_NODE, names, addresses: [parsed] }
})
const ethers = rows('ethers').map(([text = '', name = '']): EtherEntry => ({ mac: mac(text), name }))
const netgroup = rows('netgroup').map(
  ([name = '', ...triples]): NetgroupEntry => ({ name, triples: triples.map(tripleOf) }),
)

function tripleOf(text: string): NetgroupEntry['triples'][number] {
  const [host, user, domain] = text
    .slice(1, -1)
    .split(',')
    .map((field) => (field === '' ? undefined : field))
  return { host, user, domain }
}

const loginDefs = Buffer.from('UID_MIN 1\nGID_MIN 1\n')
// Settings name the one group whose id is reserved.
const accounts = readAccounts(
  {
    passwd: fixture('passwd'),
    group: fixture('group'),
    shadow: fixture('shadow'),
    networks: fixture('networks'),
    loginDefs,
  },
  { ...PLAIN_RULES, groups: ['big'] },
)
const common = {
  inputs: new Map<string, string>(),
  domain: '',
  zones: USUAL_ZONES,
  patterns: [],
  ranges: [],
  masterorder: [],
}
// The C library takes ethers by name from that file alone; here a name is a machine's, and has a host record.
const machines = ethers.map(
  ({ name }): HostEntry => ({ kind: HOST_KINDS.HOST, number: NO_NODE, names: [name], addresses: [] }),
)
const shown = {
  ...common,
  ...accounts,
  ...accounts.files,
  hosts: [...hosts, ...machines],
  ethers,
  netgroup,
  complete: new Set<DatabaseName>(),
}
const publicSnapshot = Snapshot.open(buildPublic(shown))
const shadowSnapshot = Snapshot.open(buildShadow({ ...common, shadow: accounts.shadow, complete: true }))

/** What a command that is made of these functions prints and how it exits. */
function asked(database: DatabaseName, keys: readonly string[]): { output: string; code: number } {
  const snapshot = database === 'shadow' ? shadowSnapshot : publicSnapshot
  if (keys.length === 0) return listed(snapshot, database)
  if (database === 'netgroup' && keys.length > 1) return innetgr(snapshot, keys)
  const outputs = keys.map((key) => oneKey(snapshot, database, key))
  const missing = outputs.includes(undefined)
  return { output: outputs.join(''), code: missing ? GETENT_EXITS.missing : GETENT_EXITS.found }
}

function listed<D extends DatabaseName>(snapshot: Snapshot, database: D): { output: string; code: number } {
  if (!DATABASES[database].getent.lists) return { output: '', code: GETENT_EXITS.noEnumeration }
  const output = Array.from(snapshot.entries(database), (entry) => DATABASES[database].getent.lines(entry)).join('')
  return { output, code: GETENT_EXITS.found }
}

function innetgr(snapshot: Snapshot, keys: readonly string[]): { output: string; code: number } {
  if (keys.length !== 4) return { output: '', code: GETENT_EXITS.found }
  const [name = '', host, user, domain] = keys.map((key) => (key === '*' ? undefined : key))
  const triple = { host, user, domain }
  return {
    output: getentInnetgr(name, triple, inNetgroup(snapshot, name, triple)),
    code: GETENT_EXITS.found,
  }
}

function oneKey<D extends DatabaseName>(snapshot: Snapshot, database: D, typed: string): string | undefined {
  const { decode, getent } = DATABASES[database]
  const unasked = getent.unasked?.(typed)
  if (unasked !== undefined) return unasked === '' ? undefined : unasked
  const record = answer(snapshot, database, getent.key(typed))
  const entry = record === undefined ? getent.absent?.(typed) : decode(record)
  return entry && getent.lines(entry, typed)
}

const transcript = fixture('transcript')
  .toString('latin1')
  .split(/^\$ getent /m)
  .slice(1)

t.test('every question of the transcript gets the text and the exit code that getent gave', async (t) => {
  t.ok(transcript.length > 50)
  for (const block of transcript) {
    const [, question = '', output = '', code = ''] = /^([^\n]*)\n((?:.|\n)*)= (\d)\n$/.exec(block) ?? []
    const [database = '', ...keys] = question.split(' ')
    if (!isDatabase(database)) throw new Error(question)
    t.same(asked(database, keys), { output, code: Number(code) }, question)
  }
})

t.test('the transcript answers all the questions that there are', async (t) => {
  const questions = fixture('questions').toString('latin1').trim().split('\n')
  t.same(
    transcript.map((block) => block.slice(0, block.indexOf('\n'))),
    questions,
  )
})

t.test('a mapped address is shown as it was typed, padded to its column', async (t) => {
  t.equal(oneKey(publicSnapshot, 'hosts', '::ffff:10.1.1.2'), '::ffff:10.1.1.2 one\n')
  t.equal(oneKey(publicSnapshot, 'hosts', '::FFFF:a01:102'), '::ffff:10.1.1.2 one\n')
})

t.test('a host with both families shows its IPv6 addresses to a question by name, and all in a list', async (t) => {
  const [four, six] = hosts.flatMap((host) => host.addresses).filter((_, i) => i === 0 || i === 2)
  if (four === undefined || six === undefined) throw new Error('the fixture has both')
  const both: HostEntry = { kind: HOST_KINDS.HOST, number: NO_NODE, names: ['both', 'b'], addresses: [six, four] }
  t.equal(DATABASES.hosts.getent.lines(both, 'both'), 'fe80::1         both b\n')
  t.equal(DATABASES.hosts.getent.lines(both), '10.1.1.1        both b\nfe80::1         both b\n')
  t.equal(DATABASES.hosts.getent.lines(both, '10.1.1.1'), '10.1.1.1        both b\n')
  t.equal(DATABASES.hosts.getent.lines({ ...both, addresses: [] }, 'both'), undefined)
})

t.test('what would tear a line is not printed', async (t) => {
  const user = { name: 'a', passwd: '*', uid: 1, gid: 1, gecos: 'a:b\nc', dir: '/', shell: '/bin/sh' }
  t.equal(DATABASES.passwd.getent.lines(user), 'a:*:1:1:a b c:/:/bin/sh\n')
  t.equal(DATABASES.passwd.getent.lines({ ...user, shell: 'x:y' }), '')
  t.equal(DATABASES.group.getent.lines({ name: 'g', passwd: '*', gid: 1, members: ['a,b'] }), '')
})

t.test('an id is what strtoul reads of the whole text and a uid_t keeps of it; all else is a name', async (t) => {
  const ids: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['007', 7],
    [' \t\n\v\f\r+12', 12],
    ['-1', 0xffffffff],
    ['-0', 0],
    ['4294967296', 0],
    ['18446744073709551615', 0xffffffff],
    ['-18446744073709551616', 0xffffffff],
  ]
  for (const [text, id] of ids) t.same(idOrName(text), { id }, JSON.stringify(text))
  for (const name of ['', '+', '+-1', '- 1', '1 ', '1a', '0x1', '\xa01', 'ada']) t.same(idOrName(name), { name }, name)
})

t.test(
  'a MAC is six numbers of one or two digits; what follows needs a blank ahead of it after one digit',
  async (t) => {
    const six = { mac: Uint8Array.of(0, 1, 0x2a, 3, 4, 5) }
    for (const text of ['0:1:2a:3:4:5', '00:01:2A:03:04:05', '0:1:2a:3:4:05x', '0:1:2a:3:4:5 x'])
      t.same(macKey(text), six, text)
    for (const text of [
      '',
      '0:1:2a:3:4',
      '0:1:2a:3:4:5x',
      ' 0:1:2a:3:4:5',
      '0:1:2g:3:4:5',
      '0:1:02a:3:4:5',
      '0:1:2a:3:4:',
    ]) {
      t.equal(macKey(text), undefined, text)
    }
  },
)

t.test('an address in full is the four octets without leading zeros, or IPv6', async (t) => {
  t.same(strictAddress('10.0.1.255'), Uint8Array.of(10, 0, 1, 255))
  t.equal(strictAddress('fd00::1')?.length, 16)
  for (const text of ['010.0.0.1', '10.00.0.1', '10.1', '10.0.0.256', '10.0.0.1.', ''])
    t.equal(strictAddress(text), undefined, text)
})

t.test('a number that inet_aton reads is an address of its own name; one that it does not is not found', async (t) => {
  t.equal(numericAddress('10'), '0.0.0.10        10\n')
  t.equal(numericAddress('010.1.1.1'), '8.1.1.1         010.1.1.1\n')
  for (const text of ['4294967296', '1.2.3.4.5', '08.1.1.1', '1..2']) t.equal(numericAddress(text), '', text)
  for (const text of ['10.1.1.1', '10.', 'n10', '0x10', 'fd00::1', '']) t.equal(numericAddress(text), undefined, text)
})

t.test('the last number of an address fills what is left, and a blank ends it', async (t) => {
  const numbers: readonly (readonly [string, number])[] = [
    ['255.255.255.255', 0xffffffff],
    ['1.2.3.4', 0x01020304],
    ['1.2.772', 0x01020304],
    ['1.131844', 0x01020304],
    ['16909060', 0x01020304],
    ['0x1.02.3.0X4', 0x01020304],
    ['1.2.3.4 x', 0x01020304],
    ['4294967295', 0xffffffff],
  ]
  for (const [text, number] of numbers) t.equal(internetAddress(text), number, text)
  for (const text of [
    '',
    '1.2.3.256',
    '1.2.65536',
    '1.16777216',
    '4294967296',
    '256.1',
    '09',
    '1.2.3.4x',
    '1.2.3.4.0',
    '.1',
  ]) {
    t.equal(internetAddress(text), undefined, text)
  }
  t.equal(quad(0x0102fffe), '1.2.255.254')
})
