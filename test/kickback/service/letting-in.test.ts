// A join token that lets the key of a node in: by plain TCP from the address and the root of that node, once.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { joinedKey } from '../../../src/kickback/node/join.ts'
import { Enrolment } from '../../../src/kickback/service/enrolment.ts'
import type { KeyAction } from '../../../src/kickback/service/question.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import { joinTokenId, nodeProof } from '../../../src/kickback/wire/join.ts'
import { certificateKeyMark, NodeKeys, newRequest } from '../../../src/resolver/index.ts'
import type { HostPort } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { certificateKey } from '../../resolver/certificates/cluster.ts'
import { client, logOf, server } from '../cluster.ts'
import { addressOf, from, loopbackSnapshot } from './secure.ts'

const key = certificateKey()
const mark = certificateKeyMark(key)
const MARK = Buffer.from(mark, 'hex')
const request = await newRequest(key)
const MAC = Buffer.from('02aabbccdd01', 'hex')

/** The node of the master that nobody has approved. */
const UNAPPROVED = 4

/** A master whose nodes have addresses of loopback, with what it kept, said and put into its audit log. */
async function master(t: Tap, options: Partial<ServerOptions> = {}) {
  const [lines, audited, kept]: [string[], KeyAction[], string[]] = [[], [], []]
  const clock = new HandClock()
  const enrolment = new Enrolment({
    ...{ clock, wallClock: () => 1_800_000_000_000, log: logOf(lines), keys: new NodeKeys() },
    keep: (keys) => kept.push(keys.text.toString()),
    issue: async () => Buffer.from('certificate'),
    revoked: () => {},
    changed: () => {},
  })
  const audit = (entry: KeyAction): void => void audited.push(entry)
  const keys = { signing: clusterKey().key, list: undefined, take: () => {} }
  const snapshot = loopbackSnapshot(1, addressOf, [UNAPPROVED])
  const made = server(t, { clock, log: logOf(lines), enrolment, audit, keys, ...options }, snapshot)
  const place = (await made.listen('network', { host: '127.0.0.1', port: 0 })) as HostPort
  const admin = await client(t, await made.listen('admin', { path: join(folder(t), 'admin') }))
  const token = async (bound: object = {}): Promise<Uint8Array> => (await admin.ask('TOKEN', bound)).token
  const applicant = (node: number) => ({ source: 'x', node, shown: undefined })
  return { admin, place, enrolment, audited, lines, kept, token, applicant }
}

/** A node that joins, from its own address, as root of it or not. */
const joining = async (t: Tap, place: HostPort, node: number, isRoot = true) => from(t, place, addressOf(node), isRoot)

t.test('a token lets the key of the node in that asks, and the node gets its certificate', async (t) => {
  const { place, enrolment, audited, token, applicant, kept } = await master(t)
  t.equal(await enrolment.answer(applicant(1), request), 'pending', 'control')
  t.match(await joinedKey(await joining(t, place, 1), await token({ login: 1000 }), MARK), { node: 1 })
  t.match(await enrolment.answer(applicant(1), request), { certificate: Buffer })
  t.equal(await enrolment.answer({ ...applicant(2), source: 'y' }, request), 'pending', 'and no other node')
  t.match(kept, [new RegExp(`approved 1 ${mark}`)])
  t.match(audited, [
    { action: 'keys token', login: 1000, after: 'any node' },
    { action: 'keys token used', after: `node 1: ${mark}` },
  ])
})

t.test('a second use lets nobody in, and is an alarm in the log and in the audit log', async (t) => {
  const { place, enrolment, audited, lines, token, applicant } = await master(t)
  const once = await token()
  t.match(await joinedKey(await joining(t, place, 1), once, MARK), { node: 1 })
  const [thief, stolen] = [await joining(t, place, 2), certificateKey()]
  const theirs = Buffer.from(certificateKeyMark(stolen), 'hex')
  await t.rejects(joinedKey(thief, once, theirs), { code: 'token', message: /used before/ })
  t.equal(await enrolment.answer(applicant(2), await newRequest(stolen)), 'pending')
  t.ok(lines.some((line) => line.includes('used a second time')))
  t.match(audited.at(-1), { action: 'keys token refused', after: /second time/ })
})

t.test('a token for a node is of no use from another address, and is used up by the try', async (t) => {
  const { place, enrolment, audited, token, applicant } = await master(t)
  const bound = await token({ node: 1 })
  await t.rejects(joinedKey(await joining(t, place, 2), bound, MARK), { code: 'token', message: /another machine/ })
  t.equal(await enrolment.answer(applicant(2), request), 'pending')
  t.match(audited.at(-1), { action: 'keys token refused', after: /another machine.*node 1/ })
  await t.rejects(joinedKey(await joining(t, place, 1), bound, MARK), { code: 'token', message: /used before/ })
  t.match(await joinedKey(await joining(t, place, 1), await token({ node: 1 }), MARK), { node: 1 }, 'control')
})

t.test(
  'a token for a MAC address is of no use to a neighbour with another one, or with none that is known',
  async (t) => {
    const known = new Map<string, Buffer>()
    const macOf = (address: Uint8Array) => known.get(Buffer.from(address).toString('hex'))
    const { place, token, admin } = await master(t, { macOf })
    const asker = async () => joining(t, place, 1)
    await t.rejects(joinedKey(await asker(), await token({ node: 1, mac: MAC }), MARK), { code: 'token' })
    known.set(Buffer.from([127, 0, 0, 11]).toString('hex'), Buffer.from('02aabbccdd02', 'hex'))
    await t.rejects(joinedKey(await asker(), await token({ node: 1, mac: MAC }), MARK), { code: 'token' })
    known.set(Buffer.from([127, 0, 0, 11]).toString('hex'), MAC)
    t.match(await joinedKey(await asker(), await token({ node: 1, mac: MAC }), MARK), { node: 1 }, 'control')
    await t.rejects(admin.ask('TOKEN', { mac: Buffer.alloc(5) }), { code: 'request' })
  },
)

t.test('who changes the key on the way gets nobody in, and does not use the token up', async (t) => {
  const { place, token, enrolment } = await master(t)
  const once = await token()
  const nonce = randomBytes(32)
  const said = { token: joinTokenId(once), nonce, proof: nodeProof(once, nonce, MARK) }
  const asker = await joining(t, place, 1)
  await t.rejects(asker.ask('JOIN', { ...said, node_key: randomBytes(16) }), { code: 'token' })
  await t.rejects(asker.ask('JOIN', said), { code: 'token' }, 'nor does who leaves it out')
  await t.rejects(asker.ask('JOIN', { ...said, node_key: randomBytes(15) }), { code: 'request' })
  t.same(enrolment.of(1), [])
  t.match(await asker.ask('JOIN', { ...said, node_key: MARK }), { node: 1 }, 'control')
})

t.test('a user of a node, or a machine that is no node, learns the public key, and is not let in', async (t) => {
  const { place, token, enrolment, lines } = await master(t)
  t.equal((await joinedKey(await joining(t, place, 1, false), await token(), MARK)).node, undefined)
  t.equal((await joinedKey(await from(t, place, '127.0.0.99', true), await token(), MARK)).node, undefined)
  t.same(enrolment.all(new Set()), [])
  t.ok(lines.some((line) => line.includes('lets no key in')))
})

t.test('a token does not bring back a key that was revoked', async (t) => {
  const { place, token, enrolment, applicant } = await master(t)
  enrolment.revoke(1, mark)
  t.equal((await joinedKey(await joining(t, place, 1), await token(), MARK)).node, undefined)
  t.equal(await enrolment.answer(applicant(1), request), 'revoked')
})

t.test(
  'what root decides on keys is in the audit log, with who, before and after; what it looks at is not',
  async (t) => {
    const { admin, audited } = await master(t)
    await admin.ask('KEYS', {})
    await admin.ask('KEYS', { approve: 7, mark, login: 1001 })
    await admin.ask('KEYS', { revoke: 7, login: 1002 })
    await admin.ask('KEYS', { approve: 8, login: 1002 })
    t.match(audited, [
      { action: 'keys approve', login: 1001, before: '', after: `node 7: approved ${mark}` },
      { action: 'keys revoke', login: 1002, before: `node 7: approved ${mark}`, after: `node 7: revoked ${mark}` },
    ])
    t.equal(audited.length, 2)
  },
)

t.test(
  'a node that nobody has approved gets no key: not by root, by a token for it, or by one for any node',
  async (t) => {
    const { admin, place, token, enrolment, applicant, audited } = await master(t)
    const refused = { code: 'denied', message: /node 4 is unapproved.*kickback set node 4 --class CLASS approves it/ }
    await t.rejects(admin.ask('KEYS', { approve: UNAPPROVED, mark }), refused)
    await t.rejects(admin.ask('KEYS', { hosts: true, approve: UNAPPROVED, mark }), refused)
    await t.rejects(token({ node: UNAPPROVED }), refused)
    // By loopback it learns the public key, as everybody may.
    t.equal((await joinedKey(await joining(t, place, UNAPPROVED), await token(), MARK)).node, undefined)
    t.same(enrolment.of(UNAPPROVED), [])
    t.equal(await enrolment.answer(applicant(UNAPPROVED), request), 'pending')
    t.same(
      audited.map(({ action }) => action),
      ['keys token'],
    )
    t.match(await joinedKey(await joining(t, place, 1), await token(), MARK), { node: 1 }, 'control')
    await admin.ask('KEYS', { revoke: UNAPPROVED, mark: 'ab'.repeat(16) })
    t.match(enrolment.of(UNAPPROVED), [{ state: 'revoked' }], 'a key can be revoked')
  },
)
