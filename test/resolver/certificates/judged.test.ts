import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { CertificateError, judgedCertificate } from '../../../src/resolver/certificates/judged.ts'
import { certificateKeyMark } from '../../../src/resolver/certificates/keys.ts'
import type { Subject } from '../../../src/resolver/certificates/subject.ts'
import { issued, newAuthority } from '../../../src/resolver/certificates/x509.ts'
import { authority, CLUSTER, certificate, certificateKey, DAY, NOW } from './cluster.ts'

const NODE: Subject = { kind: 'node', node: 12, cluster: CLUSTER }
const MASTER: Subject = { kind: 'master', cluster: CLUSTER }
const { authority: ours, trust } = await authority()

t.test('the certificate of a node names it by its number, and its key by its mark', async (t) => {
  const { key, der } = await certificate(ours, NODE)
  t.match(judgedCertificate(der, 'client', trust, NOW), { subject: NODE, mark: certificateKeyMark(key) })
  t.match(new X509Certificate(der).subject, 'CN=node 12')
})

t.test('a certificate is good for 30 days, and from a day before it was made', async (t) => {
  const { der } = await certificate(ours, NODE)
  const { from, until } = judgedCertificate(der, 'client', trust, NOW)
  t.same([from, until], [NOW - DAY, NOW + 30 * DAY])
  t.throws(() => judgedCertificate(der, 'client', trust, until), { message: /ended at/ })
  t.throws(() => judgedCertificate(der, 'client', trust, from - 1), { message: /is good from .*: look at the clocks/ })
  t.ok(judgedCertificate(der, 'client', trust, until - 1))
  t.ok(judgedCertificate(der, 'client', trust, from))
})

t.test('a certificate of an authority that is not listed is refused, also if it has the same name', async (t) => {
  const { authority: theirs, trust: their } = await authority()
  const { der } = await certificate(theirs, NODE)
  t.throws(() => judgedCertificate(der, 'client', trust, NOW), {
    message: /authority that the trust list does not have/,
  })
  t.ok(judgedCertificate(der, 'client', their, NOW), 'where that authority is listed it is believed')
  const both = { ...trust, authorities: [...trust.authorities, ...their.authorities] }
  t.ok(judgedCertificate(der, 'client', both, NOW))
})

t.test('a certificate of another cluster is refused, even of a listed authority', async (t) => {
  const { der } = await certificate(ours, { ...NODE, cluster: 'f'.repeat(32) })
  t.throws(() => judgedCertificate(der, 'client', trust, NOW), { message: /of another cluster/ })
  const rotating = { ...trust, clusters: [CLUSTER, 'f'.repeat(32)] }
  t.ok(judgedCertificate(der, 'client', rotating, NOW), 'while the root changes both are believed')
})

t.test('a node cannot answer as a master; a master answers, and asks', async (t) => {
  const node = await certificate(ours, NODE)
  t.throws(() => judgedCertificate(node.der, 'server', trust, NOW), { message: /not that of a master/ })
  const master = await certificate(ours, MASTER)
  t.match(judgedCertificate(master.der, 'client', trust, NOW), { subject: MASTER })
  t.match(judgedCertificate(master.der, 'server', trust, NOW), { subject: MASTER })
})

t.test('the authority itself is neither a node nor a master', async (t) => {
  for (const shownBy of ['client', 'server'] as const) {
    t.throws(() => judgedCertificate(ours.certificate, shownBy, trust, NOW), CertificateError)
  }
})

t.test('a node cannot issue certificates', async (t) => {
  const node = await certificate(ours, NODE)
  const { der } = await certificate({ certificate: node.der, privateKey: node.key }, { ...NODE, node: 13 })
  t.throws(() => judgedCertificate(der, 'client', trust, NOW), CertificateError)
  const listed = { ...trust, authorities: [...trust.authorities, node.der] }
  t.throws(() => judgedCertificate(der, 'client', listed, NOW), CertificateError, 'not even if it were listed')
})

t.test('an authority of the same name with another key issued nothing', async (t) => {
  const forged = { certificate: ours.certificate, privateKey: certificateKey() }
  const { der } = await certificate(forged, NODE)
  t.throws(() => judgedCertificate(der, 'client', trust, NOW), { message: /authority/ })
})

t.test('a key of another kind is refused', async (t) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  await t.rejects(issued(ours, NODE, publicKey, NOW))
})

t.test('bytes that are no certificate are refused in words, whatever they are', async (t) => {
  const { der } = await certificate(ours, NODE)
  const refused = (bytes: Uint8Array): boolean => {
    try {
      judgedCertificate(bytes, 'client', trust, NOW)
      return false
    } catch (error) {
      return error instanceof CertificateError
    }
  }
  t.ok(refused(new Uint8Array()))
  t.ok(refused(new Uint8Array(1_000_000)))
  t.ok(refused(Buffer.concat([der, Buffer.alloc(5000)])))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), refused))
  const flipped = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
  const changed = fc.property(flipped, ([at, by]) => {
    const bytes = Uint8Array.from(der)
    bytes[at] = (bytes[at] ?? 0) ^ by
    return refused(bytes)
  })
  fc.assert(changed, { numRuns: 300 })
})

t.test('an authority in the trust list that is no certificate issued nothing, and harms no other one', async (t) => {
  const { der } = await certificate(ours, NODE)
  const authorities = [Uint8Array.of(1, 2, 3), ...trust.authorities]
  t.ok(judgedCertificate(der, 'client', { ...trust, authorities }, NOW))
})

t.test('the authority has no end, since the trust list decides', async (t) => {
  const shown = new X509Certificate(await newAuthority(certificateKey(), 'here'))
  t.ok(shown.ca)
  t.equal(shown.validToDate.getUTCFullYear(), 9999)
  t.match(createPublicKey(shown.publicKey.export({ type: 'spki', format: 'pem' })).asymmetricKeyType, 'ec')
})
