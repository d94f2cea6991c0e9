import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { joinedKey } from '../../../src/kickback/node/join.ts'
import { joinTokenId, masterProof } from '../../../src/kickback/wire/join.ts'
import type { Request } from '../../../src/kickback/wire/protocol.ts'
import { publicDer } from '../../../src/resolver/index.ts'
import { clusterKey } from '../../keys.ts'

const TOKEN = Buffer.alloc(16, 1)
const [KEY, ROGUE] = [publicDer(clusterKey().key), publicDer(clusterKey().key)]

type Join = Request<'JOIN'>
/** A client whose service answers so. */
const answering = (answer: (request: Join) => { readonly key: Uint8Array; readonly proof: Uint8Array }) =>
  ({ ask: async (_: string, request: Join) => ({ status: 1, ...answer(request) }) }) as unknown as Parameters<
    typeof joinedKey
  >[0]

t.test('a key that comes with the proof of the token is taken, and the token is not sent', async (t) => {
  const sent: Join[] = []
  const client = answering((request) => {
    sent.push(request)
    return { key: KEY, proof: masterProof(TOKEN, request.nonce, KEY) }
  })
  t.same(publicDer((await joinedKey(client, TOKEN)).key), KEY)
  await joinedKey(client, TOKEN)
  const [first, second] = sent
  t.same(first?.token, joinTokenId(TOKEN))
  t.notOk(JSON.stringify(sent).includes(TOKEN.toString('hex')))
  t.notSame(first?.nonce, second?.nonce, 'a nonce is new each time')
})

t.test('a key that somebody put in on the way is refused', async (t) => {
  const client = answering(({ nonce }) => ({ key: ROGUE, proof: masterProof(TOKEN, nonce, KEY) }))
  await t.rejects(joinedKey(client, TOKEN), { name: 'UntrustedError', message: /does not have the token/ })
})

t.test('who does not have the token, or gives back what the node said, is refused', async (t) => {
  const guess = answering(({ nonce }) => ({ key: ROGUE, proof: masterProof(Buffer.alloc(16, 2), nonce, ROGUE) }))
  const mirror = answering(({ proof }) => ({ key: ROGUE, proof }))
  const replay = answering(() => ({ key: KEY, proof: masterProof(TOKEN, Buffer.alloc(32), KEY) }))
  for (const client of [guess, mirror, replay]) await t.rejects(joinedKey(client, TOKEN), /does not have the token/)
})

t.test('a master that gives no Ed25519 key is refused', async (t) => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' })
  for (const key of [other, Buffer.from('no key')]) {
    const client = answering(({ nonce }) => ({ key, proof: masterProof(TOKEN, nonce, key) }))
    await t.rejects(joinedKey(client, TOKEN), /no Ed25519 key/)
  }
})
