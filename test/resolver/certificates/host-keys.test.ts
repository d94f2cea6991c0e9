import { readdirSync } from 'node:fs'
import t from 'tap'
import {
  HOST_KEY_MAX,
  type HostKey,
  HostKeys,
  hostKeyFingerprint,
  hostKeyInText,
  hostKeyOf,
} from '../../../src/resolver/certificates/host-keys.ts'
import { fileOf } from '../configs.ts'

const FOLDER = 'test/fixtures/host-keys'
const files = readdirSync(new URL(`../../fixtures/host-keys`, import.meta.url)).filter((name) => name.endsWith('.pub'))
const keyIn = (file: string): HostKey => {
  const key = hostKeyInText(fileOf(`${FOLDER}/${file}`).toString())
  if (key === undefined) throw new Error(`${file} is no key`)
  return key
}
const blobOf = (file: string): Buffer => Buffer.from(keyIn(file).base64, 'base64')
const string = (bytes: Uint8Array | string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, Buffer.from(bytes)])
}

t.test('keys of each type are known, with the fingerprints that ssh-keygen shows', async (t) => {
  const shown = new Map(
    fileOf(`${FOLDER}/fingerprints`)
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  )
  t.equal(files.length, 5)
  for (const file of files) t.equal(hostKeyFingerprint(keyIn(file)), shown.get(file), file)
})

t.test('what is cut, longer, of another type or of another size is no key', async (t) => {
  for (const file of files) {
    const blob = blobOf(file)
    for (let end = 0; end < blob.length; end++)
      if (hostKeyOf(blob.subarray(0, end)) !== undefined) t.fail(`${file} cut at ${end}`)
    t.equal(hostKeyOf(Buffer.concat([blob, Buffer.from('\n')])), undefined, `${file} and a newline`)
    t.equal(hostKeyOf(Buffer.concat([blob, string('')])), undefined, `${file} and a string`)
  }
  const dsa = Buffer.concat(['ssh-dss', 'p', 'q', 'g', 'y'].map(string))
  const hidden = Buffer.concat([string('ssh-ed25519\n@revoked *'), string(Buffer.alloc(32))])
  const short = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(31))])
  const curve = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(65, 4)].map(string))
  const packed = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 2)].map(string))
  const proto = Buffer.concat([string('constructor'), string('x')])
  for (const blob of [dsa, hidden, short, curve, packed, proto, Buffer.alloc(0), Buffer.alloc(HOST_KEY_MAX + 1)])
    t.equal(hostKeyOf(blob), undefined)
})

t.test('an RSA key has from 1024 to 16384 bits, and no needless bytes', async (t) => {
  const rsa = (bits: number, before: readonly number[] = [0]) => {
    const modulus = Buffer.concat([Buffer.from(before), Buffer.alloc(bits / 8, 0xff)])
    return hostKeyOf(Buffer.concat(['ssh-rsa', Buffer.of(1, 0, 1), modulus].map(string)))
  }
  for (const bits of [1024, 4096, 16_384]) t.ok(rsa(bits), `${bits}`)
  for (const bits of [1016, 16_392]) t.notOk(rsa(bits), `${bits}`)
  t.notOk(rsa(2048, [0, 0]), 'a byte too many')
  t.notOk(rsa(2048, []), 'a negative number')
})

t.test('a line of a file is its key, whatever its comment; another type before it is not', async (t) => {
  const { type, base64 } = keyIn('ed25519.pub')
  t.same(hostKeyInText(`${type} ${base64} root@n1\nmore`), { type, base64 })
  for (const text of ['', type, `ssh-rsa ${base64}`, `${type} ${base64}=`, `${type} !${base64}`, base64])
    t.equal(hostKeyInText(text), undefined, text)
})

const [ed, ec, rsa] = ['ed25519.pub', 'ecdsa256.pub', 'rsa2048.pub'].map(keyIn) as [HostKey, HostKey, HostKey]
const states = (keys: HostKeys) => Object.fromEntries(keys.all.map(({ type, state }) => [type, state]))

t.test(
  'the first keys of a node count; another one waits, and the first ones count until it is approved',
  async (t) => {
    const first = new HostKeys().told([ed, rsa], 100)
    t.same(
      first.believed,
      [ed, rsa].map((key) => ({ ...key, state: 'approved', time: 100 })),
    )
    t.same(first.told([rsa, ed, ed], 200).text, first.text, 'told again nothing is different')
    const changed = first.told([ec, rsa], 200)
    t.same(states(changed), { 'ssh-ed25519': 'absent', 'ecdsa-sha2-nistp256': 'waiting', 'ssh-rsa': 'approved' })
    t.same(
      changed.believed.map(({ type }) => type),
      ['ssh-ed25519', 'ssh-rsa'],
    )
    t.same(states(changed.told([ed, rsa], 300)), states(first), 'it comes back')
    t.same(states(changed.approved(300) ?? first), { 'ecdsa-sha2-nistp256': 'approved', 'ssh-rsa': 'approved' })
    t.equal(first.approved(300), undefined, 'nothing waits')
    t.same(HostKeys.parse(changed.text), changed)
  },
)

t.test(
  'a refused key does not wait again, can be approved by its fingerprint, and brings no other one in',
  async (t) => {
    const refused = new HostKeys().told([ed], 1).told([ed, ec], 2).refused(3) ?? new HostKeys()
    t.same(states(refused), { 'ssh-ed25519': 'approved', 'ecdsa-sha2-nistp256': 'refused' })
    t.same(states(refused.told([ed, ec], 4)), states(refused))
    t.equal(refused.approved(5), undefined)
    t.same(states(refused.approved(5, hostKeyFingerprint(ec)) ?? refused), {
      'ssh-ed25519': 'approved',
      'ecdsa-sha2-nistp256': 'approved',
    })
    const none = refused.refused(6, hostKeyFingerprint(ed)) ?? refused
    t.same(none.believed, [], 'also one that counted, by its fingerprint')
    t.same(states(none.told([ed, ec, rsa], 7))['ssh-rsa'], 'waiting', 'the next one is not the first')
  },
)

t.test('what a node tells leaves so many keys at most', async (t) => {
  let keys = new HostKeys().told([ed], 0)
  for (let i = 1; i <= 100; i++) {
    const many = Array.from({ length: 8 }, (_, n) => {
      const blob = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 8 * i + n))])
      return hostKeyOf(blob) as HostKey
    })
    keys = keys.told(many, i)
    if (i % 2 === 0) keys = keys.refused(i) ?? keys
  }
  t.ok(keys.all.length <= 24, `${keys.all.length}`)
  t.same(HostKeys.parse(keys.text), keys)
})

t.test('a text that is no list is refused with its line', async (t) => {
  const { text } = new HostKeys().told([ed], 1)
  for (const [bad, message] of [
    ['', /it is no list/],
    [text.subarray(0, -1), /it is no list/],
    [text.toString().replace('approved', 'trusted'), /line 2/],
    [text.toString().replace('ssh-ed25519', 'ssh-rsa'), /line 2/],
    [`${text}${text.toString().split('\n')[1]?.concat('\n').repeat(24)}`, /too many/],
  ] as const)
    t.throws(() => HostKeys.parse(Buffer.from(bad)), message)
})
