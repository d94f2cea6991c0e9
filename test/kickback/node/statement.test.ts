// What a node believes of a master's statement: nothing that the key did not sign for this very question.
import t from 'tap'
import { type KickbackClient, ServiceError } from '../../../src/kickback/node/client.ts'
import { statementOf } from '../../../src/kickback/node/statement.ts'
import { OtherKeyError, Trust, UntrustedError } from '../../../src/kickback/node/trust.ts'
import { aliveMessage } from '../../../src/kickback/wire/proof.ts'
import type { Reply, Request } from '../../../src/kickback/wire/protocol.ts'
import { headerOf, keyMark, layout, parseTrustList } from '../../../src/resolver/index.ts'
import { hex } from '../../../src/values/index.ts'
import { clusterKey } from '../../keys.ts'
import { trustList } from '../../trust-lists.ts'
import { publicSnapshot, shadowSnapshot } from '../cluster.ts'
import { key, sign, signed } from './masters.ts'

const [root, signing] = [clusterKey(), clusterKey()]
const HEADER = Buffer.from(signed(7, 5).header.bytes)
const HELD = Buffer.from(signed(3, 5).header.bytes)

/** A client whose master answers so, and what it was asked. */
function client(answer: (request: Request<'ALIVE'>) => object): { client: KickbackClient; asked: unknown[] } {
  const asked: unknown[] = []
  const made = {
    ask: async (op: string, request: Request<'ALIVE'>) => {
      asked.push([op, request])
      return op === 'ALIVE' ? answer(request) : { data: HEADER }
    },
    hello: async (generation: number) => void asked.push(['HELLO', generation]),
  }
  return { client: made as unknown as KickbackClient, asked }
}

type Said = Pick<Reply<'ALIVE'>, 'header' | 'known' | 'conflict'>

/** An answer that is signed for the question. */
const proved =
  (said: Partial<Said> = {}) =>
  ({ nonce, held }: Request<'ALIVE'>): object => {
    const all = { header: HEADER, known: false, conflict: false, ...said }
    return { ...all, signature: sign(aliveMessage({ ...all, nonce, held })) }
  }

/** What a node with the key makes of an answer. */
const taken = (answer: (request: Request<'ALIVE'>) => object, held: Uint8Array | undefined = HELD) =>
  statementOf(client(answer).client, { trust: new Trust({ key }), held, now: 5 })

t.test('a statement that is proved is taken as it is: for what is held, or for nothing', async (t) => {
  for (const [known, conflict] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const { client: one, asked } = client(proved({ known, conflict }))
    const statement = await statementOf(one, { trust: new Trust({ key }), held: HELD, now: 5 })
    t.match(statement, { known, conflict, asked: 5, header: { generation: 7 } })
    t.match(asked, [['ALIVE', { held: HELD, key: keyMark(key) }]], 'the master learns which key is believed')
  }
  const { client: one, asked } = client(proved())
  t.equal((await statementOf(one, { trust: new Trust({ key }), held: undefined, now: 5 })).header.generation, 7)
  t.notOk('held' in (asked as [[string, object]])[0][1])
})

t.test('what is not signed for this question, or says something else than was signed, is not believed', async (t) => {
  const honest = proved()
  const recorded = honest({ nonce: Buffer.alloc(32), held: HELD })
  const attacks: readonly ((request: Request<'ALIVE'>) => object)[] = [
    () => recorded,
    (request) => ({ ...honest(request), known: true }),
    (request) => ({ ...honest(request), conflict: true }),
    (request) => ({ ...honest(request), header: HELD }),
    (request) => ({ ...honest(request), signature: Buffer.alloc(64) }),
    ({ nonce }) => honest({ nonce }),
    ({ nonce }) => honest({ nonce, held: HEADER }),
  ]
  for (const [i, attack] of attacks.entries()) await t.rejects(taken(attack), UntrustedError, `attack ${i}`)
  await t.resolves(taken(honest), 'control')
  const { client: one } = client(() => recorded)
  const insecure = await statementOf(one, { trust: new Trust({ key: undefined }), held: HELD, now: 5 })
  t.equal(insecure.header.generation, 7, 'who asks for no proof believes the recording')
})

t.test('a signature that is wrong is told apart from a key that is not believed', async (t) => {
  const list = parseTrustList(trustList({ roots: [root], signers: [[signing, 'm1']] }))
  const asked = (answer: (request: Request<'ALIVE'>) => object, trust: Trust) =>
    statementOf(client(answer).client, { trust, held: HELD, now: 5 })
  const wrong = { signature: Buffer.alloc(64) }
  const signer = keyMark(signing.key)
  for (const trust of [new Trust({ key: root.key, list }), new Trust({ key: signing.key })]) {
    const error = await asked((request) => ({ ...proved()(request), ...wrong, signer }), trust).catch((e: unknown) => e)
    t.type(error, UntrustedError)
    t.notOk(error instanceof OtherKeyError, 'nobody is to certify its key')
    t.match(
      (error as Error).message,
      new RegExp(`names key ${hex(signer)}, which is believed, but the signature is not`),
    )
  }
  const other = keyMark(clusterKey().key)
  await t.rejects(
    asked((request) => ({ ...proved()(request), ...wrong, signer: other }), new Trust({ key: root.key, list })),
    { constructor: OtherKeyError, message: /trust list \d+ does not have its signing key, or it was revoked/ },
  )
})

t.test('a header that is no public one, or not signed, is refused from who holds the key too', async (t) => {
  const damaged = Buffer.from(HEADER)
  damaged[0] = 0
  const offers = [
    publicSnapshot(7).header.bytes,
    Buffer.from(shadowSnapshot(7).header.bytes),
    HEADER.subarray(0, -1),
    Buffer.concat([HEADER, Buffer.of(0)]),
    Buffer.alloc(0),
    damaged,
  ]
  for (const [i, header] of offers.entries()) await t.rejects(taken(proved({ header })), UntrustedError, `offer ${i}`)
  const { client: one } = client(proved({ header: publicSnapshot(7).header.bytes }))
  t.equal(
    (await statementOf(one, { trust: new Trust({ key: undefined }), held: undefined, now: 5 })).header.generation,
    7,
    'control',
  )
  const { client: shadow } = client(proved({ header: shadowSnapshot(7).header.bytes }))
  await t.rejects(
    statementOf(shadow, { trust: new Trust({ key: undefined }), held: undefined, now: 5 }),
    UntrustedError,
  )
})

t.test(
  'a daemon without a key is no master, but for who needs no proof: the header of its snapshot counts',
  async (t) => {
    const keyless = (): object => {
      throw new ServiceError('operation', 'no key')
    }
    await t.rejects(taken(keyless), new OtherKeyError('it has no signing key: it is not a master of the cluster'))
    for (const held of [HELD, undefined]) {
      const { client: one, asked } = client(keyless)
      const statement = await statementOf(one, { trust: new Trust({ key: undefined }), held, now: 5 })
      t.match(statement, { known: false, conflict: false, header: { generation: 7 } })
      const first = { kind: layout.KINDS.PUBLIC, offset: 0, length: layout.HEADER.size }
      t.same(asked.slice(1), [
        ['HELLO', held === undefined ? 0 : headerOf(held).generation],
        ['SNAPSHOT', first],
      ])
    }
  },
)

t.test('why there is no answer is passed on', async (t) => {
  for (const error of [new ServiceError('busy', 'later'), new TypeError('a fault of ours')]) {
    const fails = (): object => {
      throw error
    }
    for (const trusted of [key, undefined]) {
      await t.rejects(
        statementOf(client(fails).client, { trust: new Trust({ key: trusted }), held: HELD, now: 5 }),
        error,
      )
    }
  }
})
