import fc from 'fast-check'
import t from 'tap'
import { trusted, UntrustedError } from '../../src/kickback/trust.ts'
import { layout, newSigningKeys, privateKeyOf, publicKeyOf, signerOf } from '../../src/resolver/index.ts'
import { publicSnapshot, shadowSnapshot } from './cluster.ts'

const KEYS = newSigningKeys()
const key = publicKeyOf(KEYS.publicKey)
const SIGNED = publicSnapshot(8, 9, signerOf(privateKeyOf(KEYS.privateKey))).bytes

t.test('a snapshot that the key proves is taken as it is', async (t) => {
  const snapshot = await trusted(SIGNED, { key })
  t.equal(snapshot.bytes, SIGNED)
  t.equal(snapshot.generation, 8)
})

t.test('with any byte changed but those of the state word nothing is taken', async (t) => {
  const isState = (at: number): boolean => at >= layout.OWN_START && at < layout.HEADER.size
  for (let at = 0; at < SIGNED.length; at++) {
    const changed = Buffer.from(SIGNED)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    const isTaken = await trusted(changed, { key }).then(
      ({ bytes }) => t.ok(Buffer.from(bytes).equals(SIGNED), 'the state word is put back'),
      (error) => {
        if (!(error instanceof UntrustedError)) t.fail(`byte ${at}: ${error}`)
        return false
      },
    )
    if (isTaken !== isState(at)) t.fail(`byte ${at} is ${isTaken ? 'taken' : 'refused'}`)
  }
})

t.test('cut short anywhere, or with more at its end, nothing is taken', async (t) => {
  for (let length = 0; length < SIGNED.length; length += 7) {
    await t.rejects(trusted(SIGNED.subarray(0, length), { key }), UntrustedError)
  }
  await t.rejects(trusted(Buffer.concat([SIGNED, Buffer.alloc(8)]), { key }), UntrustedError)
})

t.test('a shadow snapshot is not taken for the public one', async (t) => {
  await t.rejects(trusted(shadowSnapshot(1).bytes, { key: undefined }), { message: /no public snapshot/ })
})

t.test('26: any bytes are refused and harm nothing, with a key or without', async () => {
  const start = Buffer.from(SIGNED.subarray(0, layout.HEADER.size))
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }).map((rest) => Buffer.concat([start, rest])),
  )
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      const outcome = await trusted(bytes, { key: undefined }).catch((error) => error)
      return outcome instanceof UntrustedError
    }),
    { numRuns: 1000 },
  )
})
