import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { certificateKeyMark } from '../../../src/resolver/certificates/keys.ts'
import { newRequest, requestKey } from '../../../src/resolver/certificates/x509.ts'
import { certificateKey } from './cluster.ts'

t.test('a request gives the public key of who made it', async (t) => {
  const key = certificateKey()
  const read = await requestKey(await newRequest(key))
  t.equal(read && certificateKeyMark(read), certificateKeyMark(createPublicKey(key)))
})

t.test('a request whose signature is of another key gives none', async (t) => {
  const [own, other] = [certificateKey(), certificateKey()]
  const request = Buffer.from(await newRequest(own))
  const spki = (key: typeof own): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' })
  const at = request.indexOf(spki(own))
  t.ok(at > 0)
  const forged = Buffer.from(request)
  spki(other).copy(forged, at)
  t.equal(await requestKey(forged), undefined)
  t.ok(await requestKey(request), 'it is the key alone that makes the difference')
})

t.test('a request with a key of another kind gives none', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  await t.rejects(newRequest(privateKey))
})

t.test('bytes that are no request give no key, and nothing is thrown', async (t) => {
  const request = Buffer.from(await newRequest(certificateKey()))
  t.equal(await requestKey(new Uint8Array()), undefined)
  t.equal(await requestKey(Buffer.concat([request, Buffer.alloc(5000)])), undefined)
  const deep = Buffer.alloc(2048, Buffer.from('30820400', 'hex'))
  t.equal(await requestKey(deep), undefined)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => (await requestKey(bytes)) === undefined),
  )
  const flipped = fc.tuple(fc.nat(request.length - 1), fc.integer({ min: 1, max: 255 }))
  const mark = certificateKeyMark((await requestKey(request)) as ReturnType<typeof createPublicKey>)
  const changed = fc.asyncProperty(flipped, async ([at, by]) => {
    const bytes = Uint8Array.from(request)
    bytes[at] = (bytes[at] ?? 0) ^ by
    const read = await requestKey(bytes)
    return read === undefined || certificateKeyMark(read) === mark
  })
  await fc.assert(changed, { numRuns: 200 })
})
