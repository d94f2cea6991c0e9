import { createHash, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { HEADER, OWN_START, SIGNED_END } from '../../../src/resolver/layout.ts'
import { buildPublic, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { headerOf, withState } from '../../../src/resolver/snapshot/header.ts'
import {
  keyMark,
  newSigningKeys,
  privateKeyOf,
  proveHeader,
  publicDer,
  publicKeyOf,
  publicKeyOfDer,
  publicPem,
  signerOf,
} from '../../../src/resolver/snapshot/signing.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { isProved } from '../../keys.ts'
import { fileOf, sourcesOf } from '../configs.ts'
import { unlessDamaged } from '../damage.ts'

const keys = newSigningKeys()
const privateKey = privateKeyOf(keys.privateKey)
const publicKey = publicKeyOf(keys.publicKey)

function signed(generation: number): Uint8Array {
  const bytes = buildPublic(publicContents(sourcesOf(fileOf('examples/config'))))
  stamp(bytes, { generation, contentTime: 1_700_000_000, forcedAt: 3 }, signerOf(privateKey))
  return bytes
}

t.test('a signed generation is proved by the cluster’s key and by no other', async (t) => {
  const snapshot = Snapshot.open(signed(7))
  t.ok(isProved(snapshot, publicKey))
  t.notOk(isProved(snapshot, publicKeyOf(newSigningKeys().publicKey)))
})

t.test('an unsigned generation, and one whose number was changed, are not proved', async (t) => {
  const bytes = signed(7)
  stamp(bytes, { generation: 8 })
  t.notOk(isProved(Snapshot.open(bytes), publicKey))
  const renumbered = signed(7)
  renumbered[HEADER.at.generation] = 8
  t.notOk(isProved(Snapshot.open(renumbered), publicKey))
})

t.test('a header alone is proved or not by each of its bytes before the machine’s own', async (t) => {
  const bytes = signed(7).subarray(0, HEADER.size)
  t.ok(proveHeader(headerOf(bytes), publicKey))
  for (let at = 0; at < HEADER.size; at++) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    if (proveHeaderIn(damaged) !== at >= OWN_START) t.fail(`byte ${at}`)
  }
  t.ok(SIGNED_END <= OWN_START)
})

function proveHeaderIn(bytes: Uint8Array): boolean {
  return unlessDamaged(() => proveHeader(headerOf(bytes), publicKey)) ?? false
}

t.test('what is the machine’s own may change, any other byte may not', async (t) => {
  const bytes = withState(signed(7), 1)
  t.ok(isProved(Snapshot.open(bytes), publicKey))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      if (at >= OWN_START && at < HEADER.size) return true
      const damaged = Uint8Array.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ flip
      return !opensAndIsProved(damaged)
    }),
    { numRuns: 300 },
  )
})

function opensAndIsProved(bytes: Uint8Array): boolean {
  return unlessDamaged(() => isProved(Snapshot.open(bytes), publicKey)) ?? false
}

t.test('signing is deterministic: two masters with one key agree byte for byte', async (t) => {
  t.same(signed(9), signed(9))
})

t.test('keys come from PEM, the public one of the private one too, and only Ed25519 will do', async (t) => {
  t.equal(publicPem(privateKey), keys.publicKey)
  t.ok(isProved(Snapshot.open(signed(1)), publicKeyOf(keys.privateKey)))
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  t.throws(() => privateKeyOf(other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), TypeError)
  t.throws(() => publicKeyOf('no key'))
})

/** The public key that RFC 8410 shows (10.1), in DER. */
const RFC_8410 = Buffer.from('MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=', 'base64')

t.test('a public key is carried as RFC 8410 lays it out, and read again', async (t) => {
  const pem = `-----BEGIN PUBLIC KEY-----\n${RFC_8410.toString('base64')}\n-----END PUBLIC KEY-----\n`
  t.same(publicDer(publicKeyOf(pem)), RFC_8410)
  t.ok(publicKeyOfDer(RFC_8410).equals(publicKeyOf(pem)))
  t.ok(publicKeyOfDer(Uint8Array.from(publicDer(publicKey))).equals(publicKey))
})

t.test('what is no public Ed25519 key is not read as one', async (t) => {
  const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' })
  for (const bytes of [x25519, secret, RFC_8410.subarray(1), RFC_8410.subarray(0, 40), Buffer.alloc(0)]) {
    t.throws(() => publicKeyOfDer(bytes), bytes.toString('hex').slice(0, 12))
  }
})

t.test('the mark of a key is sixteen bytes of the digest of its DER', async (t) => {
  t.same(keyMark(publicKeyOfDer(RFC_8410)), createHash('sha256').update(RFC_8410).digest().subarray(0, 16))
  t.notSame(keyMark(publicKey), keyMark(publicKeyOf(newSigningKeys().publicKey)))
  t.equal(keyMark(publicKey), keyMark(publicKey), 'a key is written out once: a master tells its mark at each proof')
})
