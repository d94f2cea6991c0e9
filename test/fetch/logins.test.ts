// Who may log in on a machine that fetches: its file is that of a node with a proxy, byte for byte.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { HostEntry } from '../../src/resolver/databases/hosts.ts'
import {
  buildPublic,
  isLoginName,
  type LoginRule,
  layout,
  loginsFile,
  nodeOf,
  OPEN_LOGINS,
  passwdNames,
  rulesOfNode,
  Snapshot,
  stamp,
} from '../../src/resolver/index.ts'
import { hash } from '../../src/resolver/snapshot/hash.ts'
import { type Address, hex } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { folder } from '../folder.ts'
import { type ClusterKey, clusterKey } from '../keys.ts'
import { contents } from '../kickback/cluster.ts'
import { missing } from '../nss/programs.ts'
import { Fetching, SHELLS } from './fetching.ts'
import { TestMaster } from './master.ts'
import { inParts } from './parts.ts'

const OWN_USERS = 'root:x:0:0::/root:/bin/sh\nkeeper:x:900:900::/:/bin/sh\n'
const RULE: LoginRule = { key: 'gpu', nodes: [{ first: 3, last: 3 }], users: ['user1'], groups: ['wheel'] }

/** The file of the kernel that has these IPv4 addresses as local ones, fib_trie. */
const trieOf = (addresses: readonly Address[]): string =>
  ['Local:', '  +-- 0.0.0.0/0 3 0 5', ...addresses.filter(({ family }) => family === 4).flatMap(own)].join('\n')
const own = ({ bytes }: Address): string[] => [
  `     |-- ${bytes.join('.')}`,
  '        /32 host LOCAL',
  '     |-- 10.0.0.255',
  '        /32 link BROADCAST',
]
/** That of IPv6, if_inet6. */
const inet6Of = (addresses: readonly Address[]): string =>
  addresses.flatMap(({ family, bytes }) => (family === 6 ? `${hex(bytes)} 02 40 00 80     eth0\n` : [])).join('')

/** A generation with these rules, and more of the contents. */
function generation(key: ClusterKey | undefined, number: number, logins: readonly LoginRule[], more = {}): Snapshot {
  const bytes = buildPublic({ ...contents(5), ...more, logins })
  stamp(bytes, { generation: number, contentTime: number }, key?.sign)
  return Snapshot.open(bytes)
}

const address = fc.oneof(
  fc.integer({ min: 0, max: 8 }).map((last) => ip(`10.0.1.${last}`)),
  fc.integer({ min: 0, max: 8 }).map((last) => ip(`fd00::${last.toString(16)}`)),
)
const machineOf = fc.record({
  kind: fc.constantFrom(...Object.values(layout.HOST_KINDS)),
  number: fc.integer({ min: 0, max: 6 }),
  addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 4, selector: ({ bytes }) => String(bytes) }),
})
const name = fc.oneof(
  fc.constantFrom('ada', 'grace$', 'a.b-c', '1a', '_x', 'Z'.repeat(255), 'user1', 'kay_', '0x1'),
  fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,12}$/).filter(isLoginName),
)
const anyName = fc.oneof(
  name,
  fc.constantFrom('ALL', 'all', 'None', 'local', '123', '(wheel)', '-', '@net', 'a b', 'x'.repeat(256), 'é'),
)
const range = fc
  .record({
    first: fc.integer({ min: 0, max: 6 }),
    length: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  })
  .map(({ first, length }) => ({ first, last: length === undefined ? undefined : first + length }))
const rule = fc.record({
  key: fc.constantFrom('gpu', '0-3,7', 'a class', ' x', 'é', 'k'.repeat(101), 'tab\there', '#'),
  nodes: fc.array(range, { maxLength: 3 }),
  users: fc.array(name, { maxLength: 4 }),
  groups: fc.array(name, { maxLength: 3 }),
})
const drawn = fc.record({
  machines: fc.array(machineOf, { maxLength: 12 }),
  own: fc.array(address, { minLength: 1, maxLength: 4 }),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
  users: fc.array(anyName, { maxLength: 5 }),
  rest: fc.constantFrom('', '# a comment\n', '+::::::\n', ':x:0:\n', 'noend', 'a:b:c'),
})

/** What a node with a proxy writes; undefined if it makes no file. */
function wanted(snapshot: Snapshot, addresses: readonly Address[], passwd: Uint8Array): string | undefined {
  // A proxy takes the order of the interfaces; of IPv4 and IPv6 the script takes IPv4 first.
  const ordered = [...addresses.filter(({ family }) => family === 4), ...addresses.filter(({ family }) => family === 6)]
  const node = nodeOf(
    snapshot,
    ordered.map(({ bytes }) => bytes),
  )
  const rules = node === undefined ? [] : rulesOfNode(snapshot.logins, node)
  return rules.length === 0 ? undefined : loginsFile(rules, passwdNames(passwd))
}

for (const [shell, words] of Object.entries(SHELLS)) {
  t.test(`of drawn clusters the file is that of the proxy: ${shell}`, { skip: missing(words[0] ?? '') }, async (t) => {
    const at = folder(t)
    // The others are slower, and differ from it where a handful of cases shows it.
    const cases = fc.sample(drawn, { numRuns: shell === 'dash' ? 60 : 20, seed: 5 })
    const files = cases.map(({ machines, own, rules, users, rest }, i) => {
      const dir = join(at, String(i))
      mkdirSync(dir)
      const taken = new Set<string>()
      const hosts = machines.map(({ kind, number, addresses }, n): HostEntry => {
        const isOfNode = kind !== layout.HOST_KINDS.HOST && kind !== layout.HOST_KINDS.MASTER
        const free = addresses.filter(({ bytes }) => !taken.has(String(bytes)))
        for (const { bytes } of free) taken.add(String(bytes))
        return { kind, number: isOfNode ? number : -1, names: [`m${n}`], addresses: free }
      })
      const snapshot = generation(undefined, 1, rules, { hosts: hosts.filter(({ addresses }) => addresses.length > 0) })
      const passwd = Buffer.from(users.map((user) => `${user}:x:1:1::/:/bin/sh\n`).join('') + rest)
      writeFileSync(join(dir, 'snapshot.1'), snapshot.bytes)
      writeFileSync(join(dir, 'passwd'), passwd)
      writeFileSync(join(dir, 'trie'), trieOf(own))
      writeFileSync(join(dir, 'inet6'), inet6Of(own))
      return wanted(snapshot, own, passwd)
    })
    inParts(
      t,
      `has_sync_file=
      sync() { :; }
      for dir in ${cases.map((_, i) => join(at, String(i))).join(' ')}; do
        snapshot=$dir/snapshot.1 OWN_USERS=$dir/passwd OWN_IPV4=$dir/trie OWN_IPV6=$dir/inet6
        keep_logins
      done`,
      '',
      words,
    )
    const seen = files.map((_, i) => {
      const path = join(at, String(i), 'access.conf')
      return existsSync(path) ? readFileSync(path, 'latin1') : undefined
    })
    t.strictSame(seen, files)
    const made = files.filter((file) => file !== undefined).length
    t.ok(made >= 4 && made < cases.length, `${made} of ${cases.length} have rules`)
  })
}

t.test('a copy that is cut, wherever that is, opens nothing', async (t) => {
  const dir = folder(t)
  const whole = generation(undefined, 1, [RULE])
  const closed = loginsFile([RULE], passwdNames(Buffer.from(OWN_USERS)))
  writeFileSync(join(dir, 'passwd'), OWN_USERS)
  writeFileSync(join(dir, 'trie'), trieOf([ip('10.0.0.13')]))
  const lengths = Array.from({ length: 40 }, (_, i) => Math.floor((whole.bytes.length * i) / 40))
  for (const length of lengths) writeFileSync(join(dir, String(length)), whole.bytes.subarray(0, length))
  for (const name of ['access.conf', 'closed']) writeFileSync(join(dir, name), closed)
  const said = inParts(
    t,
    `has_sync_file=
    sync() { :; }
    dir=${dir} OWN_USERS=${dir}/passwd OWN_IPV4=${dir}/trie OWN_IPV6=/nonexistent
    for snapshot in ${lengths.map((length) => join(dir, String(length))).join(' ')}; do
      keep_logins 2>&1
      cmp $dir/closed $dir/access.conf
    done`,
  )
  t.match(said.join('\n'), /is damaged/)
  t.notMatch(said.join('\n'), /differ|everybody/)
})

t.test('the hash is that of the snapshot', async (t) => {
  const keys = fc.sample(
    fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    { numRuns: 200, seed: 9 },
  )
  const input = `${keys.map((key) => hex(key)).join('\n')}\n`
  for (const words of Object.values(SHELLS)) {
    if (missing(words[0] ?? '')) continue
    const seen = inParts(t, 'while read -r key; do hash_of $key; echo $hash; done', input, words)
    t.strictSame(
      seen,
      keys.map((key) => String(hash(key))),
      words[0] ?? '',
    )
  }
})

/** A machine that is node 3, and its master. */
async function cluster(t: Test, logins: readonly LoginRule[]) {
  const key = clusterKey()
  const at = folder(t)
  const paths = { users: join(at, 'passwd'), trie: join(at, 'trie') }
  writeFileSync(paths.users, OWN_USERS)
  writeFileSync(paths.trie, trieOf([ip('127.0.0.1'), ip('10.0.0.13')]))
  const changes = [
    ['\nOWN_USERS=/etc/passwd\n', `\nOWN_USERS=${paths.users}\n`],
    ['\nOWN_IPV4=/proc/net/fib_trie\n', `\nOWN_IPV4=${paths.trie}\n`],
    ['\nOWN_IPV6=/proc/net/if_inet6\n', '\nOWN_IPV6=/nonexistent\n'],
  ] as const
  const machine = new Fetching(t, key, { changes })
  const master = await TestMaster.start(t, { snapshot: generation(key, 100, logins), key })
  const path = join(machine.dir, 'access.conf')
  const run = async (code = 0): Promise<string> => {
    const ended = await machine.run([master])
    t.equal(ended.code, code, ended.stderr)
    return ended.stderr
  }
  return { key, machine, master, path, paths, run, text: () => readFileSync(path, 'latin1') }
}

t.test('rules come, change and go with the generations, and the own users with their file', async (t) => {
  const { key, machine, master, path, paths, run, text } = await cluster(t, [])
  await run()
  t.notOk(existsSync(path), 'no rule ever named it')
  master.snapshot = generation(key, 101, [RULE])
  t.match(await run(), /only some may log in here/)
  t.equal(text(), loginsFile([RULE], ['root', 'keeper']))
  t.equal(statSync(path).mode & 0o7777, 0o644)
  const { ino } = statSync(path)
  await run()
  t.equal(statSync(path).ino, ino, 'nothing changed')
  writeFileSync(paths.users, `${OWN_USERS}late:x:901:901::/:/bin/sh\n`)
  await run()
  t.match(text(), /^\+:late:ALL$/m)
  rmSync(path)
  await run()
  t.match(text(), /^-:ALL:ALL$/m, 'it is written again')
  // Another node's rule is none here.
  master.snapshot = generation(key, 102, [{ ...RULE, nodes: [{ first: 4, last: undefined }] }])
  t.match(await run(), /everybody may log in here/)
  t.equal(text(), OPEN_LOGINS)
  t.notOk(
    machine.names.some((name) => /^(access\.conf\.|\.fetch\.\d)/.test(name)),
    'no draft is left',
  )
})

t.test('nothing that is not proved, known or ours changes the file', async (t) => {
  const { key, master, machine, path, paths, run, text } = await cluster(t, [RULE])
  await run()
  const closed = text()
  const foreign = generation(clusterKey(), 200, [])
  master.snapshot = foreign
  const before = readFileSync(machine.path)
  // A copy that somebody else put there counts no more than an answer of somebody else.
  writeFileSync(machine.path, foreign.bytes)
  await run(1)
  t.equal(text(), closed, 'another key')
  master.snapshot = generation(key, 201, [])
  master.flags = 2
  await run(3)
  t.equal(text(), closed, 'a master in conflict')
  master.flags = 0
  writeFileSync(machine.path, before)
  master.snapshot = generation(key, 101, [])
  writeFileSync(paths.trie, '')
  t.match(await run(), /this machine has no address/)
  t.equal(text(), closed, 'no address')
  writeFileSync(paths.trie, trieOf([ip('10.0.0.13')]))
  const users = readFileSync(paths.users)
  rmSync(paths.users)
  t.match(await run(), /cannot be read/)
  t.equal(text(), closed, 'no users')
  writeFileSync(paths.users, users)
  writeFileSync(path, '# by hand\n')
  t.match(await run(), /is not of kickback/)
  t.equal(text(), '# by hand\n')
  rmSync(path)
  const target = join(machine.dir, '..', 'target')
  writeFileSync(target, closed)
  symlinkSync(target, path)
  t.match(await run(), /is not of kickback/)
  t.equal(readFileSync(target, 'latin1'), closed)
})

t.test('damaged rules change nothing: a rule that was left out would open its nodes', async (t) => {
  const at = folder(t)
  const file = join(at, 'rules')
  const line = '1-2 ada physics gpu\n'
  const damaged = [
    'x',
    '\n',
    '1-2 ada physics\n',
    '1-2 ada physics \n',
    '1 ada - gpu\n',
    '-1 ada - gpu\n',
    ' ada - x\n',
    line.slice(0, -1),
  ]
  for (const text of [...damaged, '1-12345678901 a - x\n', '1-2,, a - x\n', '1-2\ta b c d\n', 'x-y a b c\n']) {
    writeFileSync(file, line + text)
    t.throws(() => inParts(t, `OWN_USERS=/etc/passwd; logins_file ${file} 1`), JSON.stringify(text))
  }
  writeFileSync(file, line)
  t.match(inParts(t, `OWN_USERS=/etc/passwd; logins_file ${file} 1`).join('\n'), /^\+:ada:ALL$/m)
})
