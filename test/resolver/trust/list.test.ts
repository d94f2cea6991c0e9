import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { keyMark } from '../../../src/resolver/index.ts'
import { parseTrustList, TrustListError } from '../../../src/resolver/trust/list.ts'
import { clusterKey } from '../../keys.ts'
import { type ListParts, listLines, signedLines, trustList } from '../../trust-lists.ts'

const [root, one, two, gone] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
/** As a certificate looks from outside. */
const certificate = Buffer.concat([Buffer.from('30820100', 'hex'), Buffer.alloc(256, 7)])
const full: ListParts = {
  number: 1_764_259_200,
  roots: [root],
  signers: [
    [one, '10.0.0.1'],
    [two, 'm2.cluster'],
  ],
  authorities: [[certificate, '10.0.0.1']],
  revoked: [[gone, 'stolen']],
}

function refusal(bytes: Uint8Array): string {
  try {
    parseTrustList(bytes)
  } catch (error) {
    if (error instanceof TrustListError && error.code === 'format') return error.message
    throw error
  }
  return 'taken'
}

t.test('a list says its number, and the keys, certificates and marks with their names', async (t) => {
  const list = parseTrustList(trustList(full))
  t.equal(list.number, 1_764_259_200)
  t.ok(list.roots[0]?.equals(root.key))
  t.same(
    list.signers.map(({ key, name }) => [key.equals(one.key), name]),
    [
      [true, '10.0.0.1'],
      [false, 'm2.cluster'],
    ],
  )
  t.same(list.authorities, [{ certificate, name: '10.0.0.1' }])
  t.same(list.revoked, [{ mark: keyMark(gone.key).toString('hex'), name: 'stolen' }])
  t.equal(list.signatures.length, 1)
})

t.test('what is signed is all before the first signature, after the purpose and a zero', async (t) => {
  const { message, bytes } = parseTrustList(trustList({ ...full, by: [root, one] }))
  t.equal(message.toString('latin1'), `kickback trust list 1\0${listLines(full).join('\n')}\n`)
  t.same(bytes, trustList({ ...full, by: [root, one] }))
})

/** Each changes the lines of a good list so that it is none, and names the line that is told. */
const damages: readonly (readonly [what: string, line: number, (lines: string[]) => readonly string[]])[] = [
  ['another first line', 1, (lines) => ['kickback trust 2', ...lines.slice(1)]],
  ['no number', 2, (lines) => lines.with(1, 'number')],
  ['the number zero', 2, (lines) => lines.with(1, 'number 0')],
  ['a number with a zero in front', 2, (lines) => lines.with(1, 'number 01')],
  ['a number with a sign', 2, (lines) => lines.with(1, 'number +1')],
  ['a number that is no integer', 2, (lines) => lines.with(1, 'number 1.5')],
  ['the number 2^52', 2, (lines) => lines.with(1, `number ${2 ** 52}`)],
  ['the number 2^53', 2, (lines) => lines.with(1, `number ${2n ** 53n}`)],
  ['the number 2^63', 2, (lines) => lines.with(1, `number ${2n ** 63n}`)],
  ['two numbers', 3, (lines) => lines.toSpliced(1, 0, 'number 1')],
  ['no root', 7, (lines) => lines.toSpliced(2, 1)],
  ['a root twice', 4, (lines) => lines.toSpliced(2, 0, lines[2] ?? '')],
  ['a root that is a signing key', 4, (lines) => lines.with(3, `${lines[2]} x`.replace('root', 'signing'))],
  ['a root after a signing key', 4, (lines) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? '')],
  ['a revoked key that is listed', 7, (lines) => lines.with(6, `revoked ${keyMark(one.key).toString('hex')} x`)],
  [
    'a mark in capitals',
    7,
    (lines) =>
      lines.with(
        6,
        (lines[6] ?? '').replace(/ [0-9a-f]+ /, (m) => m.toUpperCase()),
      ),
  ],
  ['a short mark', 7, (lines) => lines.with(6, 'revoked 00 x')],
  ['a name with a blank', 4, (lines) => lines.with(3, `${lines[3]} more`)],
  ['a name with a byte that is not ASCII', 4, (lines) => lines.with(3, `${lines[3]}\xe9`)],
  ['a name with a control character', 4, (lines) => lines.with(3, `${lines[3]}\x1b`)],
  ['no name', 4, (lines) => lines.with(3, (lines[3] ?? '').replace(/ [^ ]+$/, ''))],
  ['an empty name', 4, (lines) => lines.with(3, (lines[3] ?? '').replace(/[^ ]+$/, ''))],
  ['a name of 254 bytes', 4, (lines) => lines.with(3, (lines[3] ?? '').replace(/[^ ]+$/, 'n'.repeat(254)))],
  ['two blanks', 4, (lines) => lines.with(3, (lines[3] ?? '').replace(' ', '  '))],
  ['a tab', 4, (lines) => lines.with(3, (lines[3] ?? '').replace(' ', '\t'))],
  ['a carriage return', 2, (lines) => lines.with(1, `${lines[1]}\r`)],
  ['an empty line', 3, (lines) => lines.toSpliced(2, 0, '')],
  ['a word that is unknown', 3, (lines) => lines.toSpliced(2, 0, 'allow all')],
  ['a word of an object', 3, (lines) => lines.toSpliced(2, 0, 'constructor x')],
  ['base64 without its padding', 3, (lines) => lines.with(2, (lines[2] ?? '').replace(/=$/, ''))],
  ['base64 of the other alphabet', 6, (lines) => lines.with(5, (lines[5] ?? '').replace('MII', '-II'))],
  [
    'a certificate that is cut',
    6,
    (lines) => lines.with(5, `authority ${certificate.subarray(1).toString('base64')} x`),
  ],
  ['a key of another kind', 3, (lines) => lines.with(2, `root ${x25519()}`)],
  ['a key with bytes behind it', 3, (lines) => lines.with(2, `root ${keyAndMore()}`)],
]

function x25519(): string {
  return generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
}

function keyAndMore(): string {
  return Buffer.concat([root.key.export({ type: 'spki', format: 'der' }), Buffer.of(0)]).toString('base64')
}

t.test('what is written in another way than the one is refused, with its line', async (t) => {
  t.equal(refusal(signedLines(listLines(full), [root])), 'taken', 'control')
  for (const [what, line, damage] of damages) {
    t.match(refusal(signedLines(damage(listLines(full)), [root])), `line ${line}: `, what)
  }
})

t.test('a list without a signature, with half of one, or with one twice is refused', async (t) => {
  const lines = listLines(full)
  const good = trustList(full).toString('latin1')
  t.match(refusal(signedLines(lines, [])), 'there is no line of signature')
  t.match(refusal(Buffer.from(good.slice(0, -1), 'latin1')), 'its last line does not end')
  t.match(refusal(Buffer.from(`${good.slice(0, -20)}\n`, 'latin1')), 'line 8: ')
  t.match(refusal(Buffer.from(`${good}${good.split('\n').at(-2)}\n`, 'latin1')), 'line 9: ')
  t.match(
    refusal(Buffer.from(`${good}revoked ${'0'.repeat(32)} x\n`, 'latin1')),
    'line 9: revoked comes after signature',
  )
})

t.test('a list has 64 lines of a kind and 64 KiB at most', async (t) => {
  const many = (count: number): ListParts['signers'] => Array.from({ length: count }, (_, i) => [clusterKey(), `m${i}`])
  t.equal(refusal(trustList({ ...full, signers: many(64) ?? [] })), 'taken')
  t.match(refusal(trustList({ ...full, signers: many(65) ?? [] })), 'line 68: there are more than 64 lines')
  t.match(refusal(Buffer.alloc(64 * 1024 + 1, 'a')), 'longer than 65536 bytes')
  t.match(refusal(Buffer.alloc(64 * 1024, 'a')), 'its last line does not end')
})

t.test('a damaged list is another list or none: no byte of it is without meaning', async (t) => {
  const bytes = trustList(full)
  t.equal(refusal(bytes), 'taken', 'control')
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ flip
      const said = refusal(damaged)
      // Where it still is a list, what is signed has changed with it, or the signature has.
      if (said !== 'taken') return true
      const [before, after] = [parseTrustList(bytes), parseTrustList(damaged)]
      return !before.message.equals(after.message) || !sameSignatures(before.signatures, after.signatures)
    }),
    { numRuns: 500 },
  )
})

function sameSignatures(a: readonly object[], b: readonly object[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

t.test('whatever bytes come, they are a list or a TrustListError', async (t) => {
  const words = [
    'kickback trust 1',
    'number 1',
    'root x',
    'signing a b',
    'authority MIIB x',
    'revoked 0 x',
    'signature a b',
  ]
  const line = fc.oneof(fc.constantFrom(...words), fc.string())
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusal(bytes) !== ''))
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      (lines) => refusal(Buffer.from(`${lines.join('\n')}\n`, 'latin1')) !== '',
    ),
  )
  t.pass()
})
