// The client against services that answer what nobody asked, or answer so that it does something to who reads it.
import type { Socket } from 'node:net'
import t from 'tap'
import type { KickbackClient } from '../../../src/kickback/node/client.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import type { Tap } from '../../folder.ts'
import { service } from '../../sockets.ts'
import { bare, client } from '../cluster.ts'

/** Clears a terminal, and sets its title. */
const ESCAPES = 'x\x1b[2J\x1b]0;owned\x07\u202e\n<4>forged'

/** A client of a service that answers its first question with these replies, and the socket of the service. */
async function answered(
  t: Tap,
  replies: readonly object[],
  options: { replyMax?: number } = {},
): Promise<{ asker: KickbackClient; socket: Promise<Socket> }> {
  let connected = (_: Socket): void => {}
  const socket = new Promise<Socket>((resolve) => {
    connected = resolve
  })
  const { place } = await service(t, (one) => {
    one.once('data', () => {
      for (const reply of replies) one.write(encodeFrame(reply))
    })
    connected(one)
  })
  return { asker: await client(t, place, options), socket }
}

const RECORD = { status: 1, record: Buffer.of(1), generation: 1 }

t.test('a reply without a question ends the connection, whatever it says', async (t) => {
  for (const unasked of [
    { id: 77, ...RECORD },
    { id: 77, status: -1 },
    { id: 0, ...RECORD },
  ]) {
    const { asker, socket } = await answered(t, [unasked, { id: 1, ...RECORD }])
    await t.rejects(asker.lookup('passwd', 'user1'), { code: 'protocol', message: /a reply without a question/ })
    const one = await socket
    if (!one.closed) await new Promise((resolve) => one.once('close', resolve))
  }
  const { asker } = await answered(t, [{ id: 1, ...RECORD }])
  t.same(await asker.lookup('passwd', 'user1'), Buffer.of(1), 'control: the same reply to the question is an answer')
})

t.test('a refusal of the whole connection, id 0, is told to all that wait', async (t) => {
  const { asker } = await answered(t, [{ id: 0, status: -1, error: 'denied', message: 'not from there' }])
  const both = await Promise.allSettled([asker.lookup('passwd', 'user1'), asker.status()])
  for (const one of both) t.match(one, { status: 'rejected', reason: { code: 'denied', message: 'not from there' } })
})

t.test('what a service says is printable, and bounded, before anybody sees it', async (t) => {
  const { asker } = await answered(t, [{ id: 1, status: -1, error: ESCAPES, message: ESCAPES + 'y'.repeat(10_000) }])
  const error = await asker.lookup('passwd', 'user1').then(
    () => undefined,
    (reason: Error & { code: string }) => reason,
  )
  t.equal(error?.code, 'internal', 'a code that is none')
  t.notMatch(error?.message, /[^ -~]/)
  t.match(error?.message, /^x\\x1b\[2J/)
  t.ok((error?.message.length ?? 0) < 1000)
})

t.test('a code that is not known means what the status says: ask later, or ask elsewhere', async (t) => {
  for (const [status, code] of [
    [-2, 'busy'],
    [-1, 'internal'],
    [7, 'internal'],
  ] as const) {
    const { asker } = await answered(t, [{ id: 1, status, error: 'moon', message: 'wrong phase' }])
    await t.rejects(asker.lookup('passwd', 'user1'), { code, message: 'wrong phase' })
  }
  const { asker } = await answered(t, [{ id: 1, status: -2, error: 'starting', message: 'soon' }])
  await t.rejects(asker.lookup('passwd', 'user1'), { code: 'starting' }, 'control: one that is known')
})

t.test('a service that answers in another version of the protocol is told apart, and left', async (t) => {
  const greeting = { id: 1, status: 1, version: 2, generation: 7, software: 'kickback\x1b 9' }
  const { asker, socket } = await answered(t, [greeting])
  await t.rejects(asker.hello(), {
    code: 'protocol',
    message: /^kickback\\x1b 9 speaks version 2 of the kickback protocol, this program 1: upgrade the older one$/,
  })
  const one = await socket
  if (!one.closed) await new Promise((resolve) => one.once('close', resolve))
  const { asker: other } = await answered(t, [{ ...greeting, version: 1 }])
  t.match(await other.hello(), { version: 1, generation: 7 }, 'control: our own version')
})

t.test('a report is printable wherever it holds text, and so is what is said of one that is none', async (t) => {
  const node = { address: ESCAPES, software: ESCAPES, generation: 1, behind: false }
  const following = { master: ESCAPES, state: ESCAPES, seconds: 1, insecure: true, masters: [], refusals: [] }
  const good = { ...new KickbackServer(bare()).report(), software: ESCAPES, records: { [ESCAPES]: 1 }, following }
  const { asker } = await answered(t, [{ id: 1, status: 1, report: good }])
  const { asker: other } = await answered(t, [{ id: 1, status: 1, nodes: [node], generation: 1 }])
  const { asker: third } = await answered(t, [{ id: 1, status: 1, report: { ...good, records: { [ESCAPES]: '' } } }])
  const texts = [await asker.status(), (await other.nodes().next()).value, String(await third.status().catch(String))]
  for (const text of texts.map((one) => JSON.stringify(one))) {
    t.notMatch(text, /\\u001b|\\n|\u202e/)
    t.match(text, /owned/, 'control: the text is there')
  }
})

t.test('a client that asks for little takes no long reply', async (t) => {
  const long = { id: 1, status: 1, record: Buffer.alloc(2000), generation: 1 }
  const { asker } = await answered(t, [long], { replyMax: 1000 })
  await t.rejects(asker.lookup('passwd', 'user1'), { code: 'protocol' })
  const { asker: other } = await answered(t, [long], { replyMax: 3000 })
  t.equal((await other.lookup('passwd', 'user1'))?.length, 2000)
})
