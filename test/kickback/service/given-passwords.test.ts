// Whose password hashes a revoked node had: what KEYS answers, and what is in the audit log.
import { join } from 'node:path'
import t from 'tap'
import { Enrolment } from '../../../src/kickback/service/enrolment.ts'
import type { KeyAction } from '../../../src/kickback/service/question.ts'
import type { GivenTo } from '../../../src/kickback/service/waits/granted-shadow.ts'
import { PASSWORDS_MAX } from '../../../src/kickback/wire/protocol.ts'
import { NodeKeys } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { client, logOf, server } from '../cluster.ts'
import { loopbackSnapshot } from './secure.ts'

const MARK = 'ab'.repeat(16)

/** Root on a master whose nodes were given this; undefined: it gives no hashes to anybody. */
async function root(t: Tap, given: ReadonlyMap<number, GivenTo> | undefined) {
  const audited: KeyAction[] = []
  const enrolment = new Enrolment({
    ...{ clock: new HandClock(), wallClock: () => 1_800_000_000_000, log: logOf(), keys: new NodeKeys() },
    ...{ keep: () => {}, issue: async () => new Uint8Array(), revoked: () => {}, changed: () => {} },
  })
  const granted = given && {
    ...{ isKnown: true, of: () => undefined, numbered: () => undefined, noted: async () => {}, isOver: () => false },
    givenTo: (node: number) => given.get(node) ?? { users: [], lost: undefined },
  }
  const audit = (entry: KeyAction): void => void audited.push(entry)
  const made = server(t, { enrolment, audit, ...(granted && { granted }) }, loopbackSnapshot())
  const admin = await client(t, await made.listen('admin', { path: join(folder(t), 'admin') }))
  for (const node of [1, 2]) enrolment.let(node, `${node}${MARK.slice(1)}`)
  return { admin, audited, enrolment }
}

const texts = (names: readonly Uint8Array[] | undefined) => names?.map((name) => Buffer.from(name).toString())

t.test('revoke names the users whose hashes that node had, in the answer and in the audit log', async (t) => {
  const users = ['ada', 'user1', 'user2', 'user3', '\xc3\xa4nne']
  const { admin, audited } = await root(t, new Map([[1, { users, lost: 1_800_000_000 }]]))
  const reply = await admin.ask('KEYS', { revoke: 1, login: 1000 })
  t.same(texts(reply.passwords), ['ada', 'user1', 'user2', 'user3', 'änne'])
  t.same([reply.more, reply.lost], [undefined, 1_800_000_000])
  t.match(reply.keys, [{ node: 1, state: 'revoked' }])
  t.match(audited, [
    {
      action: 'keys revoke',
      login: 1000,
      after: /^it had the password hashes of 5 users: ada, user1-user3, änne; node 1: revoked /,
    },
  ])
  const other = await admin.ask('KEYS', { revoke: 2 })
  t.same(other.passwords, [], 'another node had none')
  t.match(audited[1]?.after, /^node 2: revoked /)
})

t.test('who asks for passwords alone changes nothing, and is told no key', async (t) => {
  const { admin, audited, enrolment } = await root(t, new Map([[1, { users: ['ada'], lost: undefined }]]))
  const reply = await admin.ask('KEYS', { passwords: 1 })
  t.same(texts(reply.passwords), ['ada'])
  t.same([reply.keys, audited], [[], []])
  t.match(enrolment.of(1), [{ state: 'approved' }])
  t.same((await admin.ask('KEYS', { approve: 1, mark: MARK })).passwords, undefined)
})

t.test('many users are cut: the answer at its bound, the audit log far below the length of an entry', async (t) => {
  const users = Array.from({ length: PASSWORDS_MAX + 3 }, (_, i) => `${i}x`.padStart(32, 'y')).sort()
  const { admin, audited } = await root(t, new Map([[1, { users, lost: undefined }]]))
  const reply = await admin.ask('KEYS', { revoke: 1 })
  t.same([reply.passwords?.length, reply.more], [PASSWORDS_MAX, 3])
  const { after = '' } = audited[0] ?? {}
  t.ok(after.length < 400, after)
  t.match(after, /100003 users.*node 1: revoked/s)
})

t.test('a master that gives no hashes to anybody tells none', async (t) => {
  const { admin } = await root(t, undefined)
  for (const ask of [{ revoke: 1 }, { passwords: 1 }]) t.notOk('passwords' in (await admin.ask('KEYS', ask)))
})
