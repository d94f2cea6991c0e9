import type { KeyObject } from 'node:crypto'
import t from 'tap'
import { parseTrustList, TrustListError } from '../../../src/resolver/trust/list.ts'
import { provedTrustList } from '../../../src/resolver/trust/proof.ts'
import { clusterKey } from '../../keys.ts'
import { trustList } from '../../trust-lists.ts'

const [root, next, signer, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
const keysOf = (...keys: readonly { readonly key: (typeof root)['key'] }[]) => keys.map(({ key }) => key)

/** Why it is not taken. */
function code(bytes: Uint8Array, roots: readonly KeyObject[] = keysOf(root), held?: Uint8Array): string {
  try {
    provedTrustList(bytes, roots, held && parseTrustList(held))
    return 'taken'
  } catch (error) {
    if (error instanceof TrustListError) return error.code
    throw error
  }
}

t.test('a list counts by the signature of a root that is believed, and by no other', async (t) => {
  const signers = [[signer, 'm1']] as const
  t.equal(code(trustList({ roots: [root], signers })), 'taken')
  t.equal(code(trustList({ roots: [root], signers, by: [stranger] })), 'unproved', 'a foreign root')
  t.equal(code(trustList({ roots: [root], signers, by: [signer] })), 'unproved', 'a signing key that it lists')
  t.equal(code(trustList({ roots: [stranger], by: [stranger] })), 'unproved', 'a root that it introduces itself')
  t.equal(code(trustList({ roots: [root, stranger], by: [stranger] })), 'unproved', 'the same beside the root')
  t.equal(code(trustList({ roots: [root, stranger], by: [stranger, root] })), 'taken', 'control')
})

t.test('a signature under the mark of a root that did not make it is none', async (t) => {
  const text = trustList({ roots: [root] }).toString('latin1')
  const forged =
    trustList({ roots: [root], by: [stranger] })
      .toString('latin1')
      .split(' ')
      .at(-1) ?? ''
  t.equal(code(Buffer.from(text.replace(/[^ ]+$/, forged), 'latin1')), 'unproved')
  const other = trustList({ roots: [root], number: 2 }).toString('latin1')
  t.equal(code(Buffer.from(text.replace(/[^ ]+$/, other.split(' ').at(-1) ?? ''), 'latin1')), 'unproved')
})

t.test('who has a list takes only one with a greater number, or the same again', async (t) => {
  const held = trustList({ number: 5, roots: [root], signers: [[signer, 'm1']] })
  t.equal(code(trustList({ number: 6, roots: [root] }), keysOf(root), held), 'taken')
  t.equal(code(held, keysOf(root), held), 'taken')
  t.equal(code(trustList({ number: 4, roots: [root] }), keysOf(root), held), 'older')
  t.equal(code(trustList({ number: 5, roots: [root] }), keysOf(root), held), 'other')
  t.equal(code(trustList({ number: 4, roots: [root] }), keysOf(root)), 'taken', 'control: without the one that is held')
})

t.test('a root is followed by another one that it introduces, and no longer counts once it is left out', async (t) => {
  const both = trustList({ number: 2, roots: [next, root], by: [root] })
  t.equal(code(both), 'taken')
  const { roots } = parseTrustList(both)
  const after = trustList({ number: 3, roots: [next] })
  t.equal(code(after, roots, both), 'taken')
  t.equal(code(after, keysOf(root)), 'unproved', 'control: who never heard of the new root')
  const late = trustList({ number: 4, roots: [root], by: [root] })
  t.equal(code(late, parseTrustList(after).roots, after), 'unproved', 'the old root comes back')
})

t.test('a list of 64 roots and as many signatures of strangers is refused', async (t) => {
  const many = Array.from({ length: 64 }, clusterKey)
  t.equal(code(trustList({ roots: many })), 'unproved')
  t.equal(code(trustList({ roots: many }), keysOf(...many)), 'taken', 'control')
})
