import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/commands/check.ts'
import { loadSettings } from '../../src/cli/settings/sources.ts'
import type { Diagnostic } from '../../src/config/index.ts'
import { buildCandidate, NO_SNAPSHOTS } from '../../src/daemon/candidate/candidate.ts'
import { CODE_TABLES } from '../../tools/command-pages.ts'
import { RULES, sourcesOf } from '../daemon/sources.ts'
import { folder } from '../folder.ts'

const CONFIG = 'nodes 2\niprange 10.0.0.10 10.0.0.11\ninterface eth1 10.0.0.1 255.255.255.0\n'
const ANN = 'ann:x:1000:1000:Ann:/home/ann:/bin/sh\n'

/** What stands in the files of a scene, each by its name; the mode of a file is 0600. */
interface Scene {
  readonly files?: Readonly<Record<string, string>>
  /** Lines of kickback.toml; DIR stands for the folder of the files. */
  readonly settings?: string
  /** What else is in the folder. */
  readonly prepare?: (dir: string) => void
  /** `FILE:LINE:COLUMN-END SEVERITY`, or `FILE SEVERITY`; the file without its folder. */
  readonly at: string
}

/** PEM of a new key pair. */
const { publicKey: PUBLIC, privateKey: PRIVATE } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const { publicKey: ANOTHER } = generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'pem' } })

/** Leaves an unsigned generation of so many users in the state dir. */
function leaveSnapshot(dir: string, users: number): void {
  const order = { sources: sourcesOf(users), rules: RULES, before: NO_SNAPSHOTS, today: 0 }
  writeFileSync(join(dir, 'state/snapshot.1'), buildCandidate(order, () => []).built?.public ?? '')
}

const many = Array.from({ length: 101 }, (_, i) => `host - 10.9.1.${i} many\n`).join('')
const masters = [1, 2, 3, 4]
  .map((i) => `masterorder - ${[1, 2, 3, 4].map((j) => `10.9.${i}.${j}`).join(' ')}\n`)
  .join('')
const node = { 'no-config': '' }

/** A scene of a configuration with these lines, where kickback boots the nodes. */
const booting = (lines: string, at: string): Scene => ({
  files: { config: `${CONFIG}${lines}\n` },
  settings: 'boot.enabled = true',
  at,
})
const BOOTED = 'node 0 a pxe 0:0:0:0:0:1'
const macs = Array.from(
  { length: 10_001 },
  (_, i) => `node ${i} 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}\n`,
)

/** A scene for each code. */
const SCENES: Readonly<Record<string, Scene>> = {
  'access-unknown-class': { settings: '[access]\ngpu = ["ann"]', at: 'kickback.toml:2:1-4 error' },
  'access-no-node': { settings: '[access]\n"5,9" = ["ann"]', at: 'kickback.toml:2:1-6 warning' },
  'access-unknown-account': { settings: '[access]\nall = ["nosuch"]', at: 'kickback.toml:2:1-4 warning' },
  'access-other-case': {
    files: { passwd: `${ANN}${ANN.replaceAll('ann', 'ANN').replaceAll('1000', '1001')}` },
    settings: '[access]\nall = ["ann"]',
    at: 'kickback.toml:2:1-4 warning',
  },
  'passwords-unknown-class': { settings: '[passwords]\ngpu = ["ann"]', at: 'kickback.toml:2:1-4 error' },
  'passwords-no-node': { settings: '[passwords]\n"5,9" = ["ann"]', at: 'kickback.toml:2:1-6 warning' },
  'passwords-unknown-account': { settings: '[passwords]\nall = ["nosuch"]', at: 'kickback.toml:2:1-4 warning' },
  'passwords-system-account': {
    files: { passwd: `${ANN}sys:x:5:5::/:/bin/sh\n` },
    settings: 'users = ["sys"]\n[passwords]\nall = ["sys"]',
    at: 'kickback.toml:3:1-4 warning',
  },
  'passwords-too-many': {
    files: { config: `nodes 1025\niprange 10.0.4.0 10.0.8.0\ninterface eth1 10.0.0.1 255.255.0.0\n` },
    settings: `[passwords]\n${Array.from({ length: 1025 }, (_, node) => `"${node}" = ["ann"]\n`).join('')}`,
    at: 'kickback.toml:2:1-4 error',
  },
  'account-malformed': { files: { passwd: `${ANN}broken\n` }, at: 'passwd:2:1-7 warning' },
  'account-fields': { files: { passwd: '  ann:x:1000:1000\n' }, at: 'passwd:1:3-18 warning' },
  'account-number': { files: { group: 'lab:x:many:ann\n' }, at: 'group:1:7-11 warning' },
  'account-repeated': { files: { passwd: `${ANN}${ANN}` }, at: 'passwd:2:1-38 warning' },
  'account-invisible': { files: { passwd: ANN.replace('Ann', 'A\u00a0n') }, at: 'passwd:1:18-19 warning' },
  'account-too-long': { files: { passwd: ANN.replace('Ann', 'n'.repeat(65_600)) }, at: 'passwd:1:1-65635 warning' },
  'account-root-group': { files: { passwd: ANN.replace('1000:Ann', '0:Ann') }, at: 'passwd:1:1-35 warning' },
  'account-same-id': { files: { passwd: `${ANN}b${ANN}` }, at: 'passwd:2:1-39 warning' },
  'account-below': { files: { passwd: ANN.replace('1000', '110') }, at: 'passwd:1:1-37 note' },
  'account-above': { files: { passwd: ANN.replace('1000', '70000') }, at: 'passwd:1:1-39 note' },
  'account-excluded': { settings: 'exclude_users = ["ann"]', at: 'passwd:1:1-38 note' },
  'account-reserved': { files: { passwd: ANN.replace('1000', '61200') }, at: 'passwd:1:1-39 note' },
  'account-power-group': { files: { group: 'docker:x:1001:ann\n' }, at: 'group:1:1-18 note' },
  'account-disabled': { files: { passwd: ANN, shadow: 'ann:!$6$hash:1:0:9:7:::\n' }, at: 'passwd:1:1-38 note' },
  'account-nis': { files: { group: '+:::\n' }, at: 'group:1:1-5 note' },
  'netgroup-taken': {
    files: { netgroup: 'cluster (n0,,)\n' },
    settings: 'netgroup = "DIR/netgroup"',
    at: 'netgroup:1:1-15 warning',
  },
  'netgroup-unknown': {
    files: { netgroup: 'lab nosuch\n' },
    settings: 'netgroup = "DIR/netgroup"',
    at: 'netgroup:1:1-11 warning',
  },
  'account-low-group': {
    files: { passwd: ANN.replace(':1000:Ann', ':100:Ann'), group: 'users:x:100:\n' },
    at: 'group:1:1-13 note',
  },
  'dns-name-too-long': {
    files: { config: `${CONFIG}hostrange 10.9.0.1 10.9.0.9\nhost - 10.9.0.1 ${'p'.repeat(60)}\n` },
    settings: `domain = "${'a23456789.'.repeat(20).slice(0, 199)}"`,
    at: 'config:5:1-77 error',
  },
  'domain-is-reverse-zone': { settings: 'domain = "0.0.10.in-addr.arpa"', at: 'config error' },
  'name-server-without-address': { settings: 'dns.ns = ["ns1.cluster.internal"]', at: 'config warning' },
  'many-addresses': {
    files: { config: `${CONFIG}hostrange 10.9.1.0 10.9.1.255\n${many}` },
    at: 'config:5:1-21 warning',
  },
  'many-reverse-zones': {
    files: { config: `${CONFIG}  hostrange 172.16.0.0 172.32.0.0\n` },
    at: 'config:4:3-34 warning',
  },
  'unreadable-file': { settings: 'passwd = "DIR/absent"', at: 'absent error' },
  'no-interface-address': { files: { config: CONFIG.replace(/eth1.*/, 'none9') }, at: 'config:3:1-16 warning' },
  'too-many-masters': {
    files: { config: `${CONFIG}${masters}  masterorder 0 10.0.0.1 10.9.9.9\n` },
    at: 'config:8:3-34 warning',
  },
  'loopback-only': { settings: 'listen = ["127.0.0.1:3045"]', at: 'config warning' },
  'loss-limit': {
    files: { passwd: '' },
    prepare: (dir) => leaveSnapshot(dir, 20),
    at: ' error',
  },
  'key-pair': {
    prepare: (dir) => {
      writeFileSync(join(dir, 'state/signing.key'), PRIVATE, { mode: 0o600 })
      writeFileSync(join(dir, 'state/signing.pub'), String(ANOTHER))
    },
    at: 'state error',
  },
  'other-key': {
    prepare: (dir) => {
      leaveSnapshot(dir, 1)
      writeFileSync(join(dir, 'state/signing.pub'), PUBLIC)
    },
    at: 'state/signing.pub warning',
  },
  'settings-unreadable': { prepare: (dir) => rmSync(join(dir, 'kickback.toml')), at: 'kickback.toml error' },
  'settings-syntax': { settings: 'domain = ', at: 'kickback.toml:1:9-10 error' },
  'settings-invisible': { settings: '# \u00a0\nusers\u00a0= ["ann"]', at: 'kickback.toml:2:6-7 error' },
  'unknown-setting': { settings: '\n[dns]\n  tttl = 60', at: 'kickback.toml:3:3-7 error' },
  'setting-of-master': { settings: 'dns.ttl = 60', at: 'kickback.toml:1:1-8 error' },
  'bad-setting': { settings: 'allow = ["10.0.0.0/8", "lan"]', at: 'kickback.toml:1:24-29 error' },
  'own-server': {
    settings: 'dns.listen = "127.0.0.1:53"\ndns.forward = "127.0.0.1"',
    at: 'kickback.toml:2:15-26 error',
  },
  'tsig-unreadable': { settings: 'dns.tsig = "DIR/keys"', at: 'keys error' },
  'bad-tsig-key': {
    files: { keys: 'one:AAAA\n two # three\n' },
    settings: 'dns.tsig = "DIR/keys"',
    at: 'keys:2:2-5 error',
  },
  'unknown-tsig-key': { settings: 'dns.secondaries = ["10.0.0.2 some.key"]', at: 'kickback.toml:1:19-40 error' },
  'boot-no-mac': booting('kernelimage none\nnode 0 a pxe+local', 'config:5:1-19 warning'),
  'boot-no-kernel': booting(BOOTED, 'config:4:1-25 note'),
  'boot-split-line': booting(`kernelimage /k\nkernelcommandline a && b\n${BOOTED}`, 'config:5:1-25 error'),
  'boot-secret': booting(`kernelimage /k\nkernelcommandline rootpw=x\n${BOOTED}`, 'config:5:1-27 warning'),
  'boot-initrd-name': booting(`kernelimage /k\nkernelcommandline initrd=i\n${BOOTED}`, 'config:5:1-27 note'),
  'boot-no-image': booting(`kernelimage /no/such/kernel\n${BOOTED}`, 'config:4:1-28 warning'),
  'boot-relative-image': booting(`kernelimage k\n${BOOTED}`, 'config:4:1-14 warning'),
  'boot-outside-networks': booting(
    'hostrange 10.0.9.1 10.0.9.2\nhost 0:0:0:0:0:9 10.0.9.1 pdu',
    'config:5:1-30 warning',
  ),
  'boot-many-macs': {
    files: {
      config: `nodes 10001\niprange 10.1.0.0 10.1.255.255\ninterface eth1 10.0.0.1 255.0.0.0\nkernelimage none\n${macs.join('')}`,
    },
    settings: 'boot.enabled = true',
    at: 'config:10005:1-25 warning',
  },
  insecure: { files: node, settings: 'insecure = true\nmaster = "10.0.0.1"', at: 'kickback.toml:1:12-16 warning' },
  'no-key': { files: node, settings: 'master = "10.0.0.1"', at: 'kickback.toml error' },
  'key-and-insecure': {
    files: node,
    settings: 'master = "10.0.0.1"\nkey = "DIR/key"\ninsecure = true',
    at: 'kickback.toml:3:12-16 error',
  },
  'bad-key': {
    files: { ...node, key: 'no key\n' },
    settings: 'master = "10.0.0.1"\nkey = "DIR/key"',
    at: 'kickback.toml:2:7-… error',
  },
  'no-copy': { files: node, settings: 'master = "10.0.0.1"', at: 'kickback.toml:2:13-… warning' },
  'account-local-id': {
    files: { ...node, passwd: `${ANN}u1:x:1500:100::/home/u1:/bin/sh\n` },
    settings: 'master = "10.0.0.1"\ninsecure = true',
    prepare: (dir) => leaveSnapshot(dir, 2),
    at: 'passwd:2:1-32 warning',
  },
  'unproved-copy': {
    files: { ...node, key: PUBLIC },
    settings: 'master = "10.0.0.1"\nkey = "DIR/key"',
    prepare: (dir) => leaveSnapshot(dir, 2),
    at: 'kickback.toml:3:13-… error',
  },
}

/** What `kickback check --json` tells in a scene. */
async function told(t: Test, scene: Scene, code: string): Promise<readonly Diagnostic[]> {
  const dir = folder(t)
  const isNode = scene.files !== undefined && 'no-config' in scene.files
  const files = {
    ...(!isNode && { config: CONFIG }),
    passwd: ANN,
    group: '',
    shadow: '',
    'login.defs': '',
    ...scene.files,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 })
  const own = `${scene.settings ?? ''}\n${isNode ? `state_dir = "DIR/state"\n` : ''}`
  writeFileSync(join(dir, 'kickback.toml'), own.replaceAll('DIR', dir))
  mkdirSync(join(dir, 'state'))
  scene.prepare?.(dir)
  const given = new Map([
    ['settings', [join(dir, 'kickback.toml')]],
    ...(['config', 'group', 'shadow'] as const).map((name) => [name, [join(dir, name)]] as const),
    ['loginDefs', [join(dir, 'login.defs')]],
    ...(code === 'unreadable-file' ? [] : [['passwd', [join(dir, 'passwd')]] as const]),
    ...(isNode ? [] : [['stateDir', [join(dir, 'state')]] as const]),
    ['json', ['true']],
  ] as const)
  const loaded = loadSettings(given, {}, false, code === 'setting-of-master' ? 'proxy' : 'check')
  let printed = ''
  const print = (text: string | Uint8Array): void => {
    printed += String(text)
  }
  const terminal = { print, complain: () => {} }
  await run({ ...loaded, args: [], version: '0', terminal })
  const { diagnostics } = JSON.parse(printed) as { diagnostics: readonly Diagnostic[] }
  return diagnostics.map((one) => ({ ...one, file: one.file.replace(`${dir}/`, '') }))
}

function inShort({ file, line, column, end, severity }: Diagnostic): string {
  return line === 0 ? `${file} ${severity}` : `${file}:${line}:${column}-${end} ${severity}`
}

t.test('there is a scene for each code that check tells', async (t) => {
  t.same(
    Object.keys(SCENES).sort(),
    Object.values(CODE_TABLES)
      .flatMap((table) => Object.keys(table))
      .sort(),
  )
})

t.test('what nodes boot is not looked at where kickback does not boot them', async (t) => {
  for (const [code, { files }] of Object.entries(SCENES).filter(([code]) => code.startsWith('boot-'))) {
    const found = await told(t, { ...(files && { files }), at: '' }, code)
    t.same(
      found.filter((one) => one.code.startsWith('boot-')),
      [],
      code,
    )
  }
})

for (const [code, scene] of Object.entries(SCENES)) {
  t.test(`${code} is told at its line and columns`, async (t) => {
    const found = await told(t, scene, code)
    const places = found.filter((one) => one.code === code).map(inShort)
    // The end depends on the length of the folder's path.
    const [from] = scene.at.split('…')
    t.ok(
      places.some((place) => (scene.at.includes('…') ? place.startsWith(from ?? '') : place === scene.at)),
      `${scene.at} is among ${JSON.stringify(found.map((one) => `${inShort(one)} ${one.code}`))}`,
    )
    for (const { file, excerpt } of found) if (/^(passwd|group|shadow|keys)$/.test(file)) t.equal(excerpt, undefined)
  })
}
