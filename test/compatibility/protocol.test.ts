// The messages of a release: its requests to the daemon of today, and its replies to the client of today, byte by byte.
import { verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isSameMac, masterProof } from '../../src/kickback/wire/join.ts'
import { checkFields, type Fields } from '../../src/kickback/wire/message.ts'
import { aliveMessage, lookupMessage } from '../../src/kickback/wire/proof.ts'
import {
  MESSAGES,
  type MessageField,
  OPERATIONS,
  type OperationName,
  STATUSES,
} from '../../src/kickback/wire/protocol.ts'
import { DATABASE_NAMES, headerOf, proveHeader, publicKeyOf, publicKeyOfDer } from '../../src/resolver/index.ts'
import { parseTrustList } from '../../src/resolver/trust/list.ts'
import { framed } from '../kickback/framed.ts'
import { until } from '../patience.ts'
import { connected, type Place, service } from '../sockets.ts'
import { clientAt } from './exchanges.ts'
import { misfits } from './fit.ts'
import { recordedMaster, started } from './master.ts'
import { messageOf } from './msgpack.ts'
import { type Recording, recordings } from './recording.ts'
import { type Exchange, eachBody, messagesOf, parseTranscript } from './transcript.ts'

/** Exchanges whose replies are facts of the content alone: they are the same, field by field. Of others the form is the same. */
const EXACT = /^(?:LOOKUP|ENUMERATE|INNETGR|SNAPSHOT|ALIVE|DELTA|REFUSED|MODULE)/

/** What the service answers to the requests of an exchange, sent at once over one connection: as many replies as were recorded. */
async function answersAt(t: Test, place: Place, exchange: Exchange): Promise<readonly Fields[]> {
  const socket = await connected(t, place)
  const replies: Fields[] = []
  eachBody(socket, (body) => replies.push(messageOf(Buffer.from(body))))
  const wanted = messagesOf(exchange, '<').length
  for (const { from, body } of exchange.said) if (from === '>') socket.write(framed(body))
  await until(() => replies.length >= wanted || socket.closed, `${wanted} replies to ${exchange.title}`)
  socket.destroy()
  return replies
}

const publicKey = (recording: Recording, t: Test) =>
  publicKeyOf(readFileSync(join(recording.unpacked(t, 'master'), 'state/signing.pub'), 'utf8'))

/** The last message of one side, held against the table of its fields. */
function lastOf<const T extends readonly MessageField[]>(exchange: Exchange, from: '>' | '<', table: T) {
  return checkFields(messagesOf(exchange, from).at(-1) ?? {}, table)
}

for (const recording of recordings()) {
  const { release } = recording
  const exchanges = parseTranscript(recording.text('protocol.txt'))
  const titled = (start: RegExp): readonly Exchange[] => exchanges.filter(({ title }) => start.test(title))

  t.test(`the recording of ${release} has every operation and every database that it had`, async (t) => {
    const requests = exchanges.flatMap((exchange) => messagesOf(exchange, '>'))
    const asked = new Set(requests.map(({ op }) => op))
    if (release === recordings().at(-1)?.release) {
      t.strictSame(
        Object.values(OPERATIONS).filter((op) => !asked.has(op)),
        [],
      )
      const databases = new Set(requests.filter(({ op }) => op === OPERATIONS.LOOKUP).map(({ db }) => db))
      t.strictSame(
        DATABASE_NAMES.filter((name) => !databases.has(name)),
        [],
      )
    }
    t.ok(asked.size > 12)
  })

  t.test(`requests of ${release} are answered by today's daemon as they were then`, async (t) => {
    const master = recordedMaster(t, recording)
    await started(master)
    for (const exchange of titled(/^(?!SUBSCRIBE|JOIN|DELTA of a change)/)) {
      const door = exchange.title.startsWith('MODULE') ? 'run/socket' : 'run/admin/socket'
      const got = await answersAt(t, { path: master.path(door) }, exchange)
      const recorded = messagesOf(exchange, '<')
      t.strictSame(misfits(recorded, got, EXACT.test(exchange.title)), [], exchange.title)
    }
    // A token is good once: the one of then is unknown now.
    for (const exchange of titled(/^JOIN/)) {
      const [token, join] = await answersAt(t, { path: master.path('run/admin/socket') }, exchange)
      t.match(token, { status: 1, token: Buffer })
      t.match(join, { status: -1, error: 'token' })
    }
  })

  t.test(`who subscribed by a request of ${release} hears of today's generations`, async (t) => {
    const master = recordedMaster(t, recording)
    await started(master)
    const [exchange] = titled(/^SUBSCRIBE/)
    const recorded = messagesOf(exchange as Exchange, '<')
    const socket = await connected(t, { path: master.path('run/admin/socket') })
    const replies: Fields[] = []
    eachBody(socket, (body) => replies.push(messageOf(Buffer.from(body))))
    for (const { from, body } of exchange?.said ?? []) if (from === '>') socket.write(framed(body))
    await until(() => replies.length > 0)
    t.match(await master.ask('reload', '--release'), { code: 0 })
    await until(() => replies.length > 1)
    t.strictSame(misfits(recorded, replies, false), [])
  })

  t.test(`replies of ${release} are answers to today's client`, async (t) => {
    const played = titled(
      /^(?:HELLO|LOOKUP|ENUMERATE|INNETGR|SNAPSHOT|STATUS|RELOAD|ALIVE|NODES|TOKEN|HISTORY|DELTA|KEYS|NODE_KEYS)/,
    )
    for (const exchange of played) {
      const [request, ...more] = messagesOf(exchange, '>')
      const { place } = await service(t, (socket) => {
        const replies = exchange.said.filter(({ from }) => from === '<')
        eachBody(socket, () => {
          const reply = replies.shift()
          if (reply !== undefined) socket.write(framed(reply.body))
        })
      })
      const client = await clientAt(t, place)
      const { id: firstId, op, ...fields } = request as Fields
      const name = Object.entries(OPERATIONS).find(([, number]) => number === op)?.[0] as OperationName
      if (Number(firstId) !== 1 || more.length > 0) continue
      const [recorded] = messagesOf(exchange, '<')
      const reply = await client.ask(name, fields as never)
      t.strictSame(misfits(recorded, { id: 1, ...reply }, true), [], exchange.title)
      client.close()
    }
  })

  t.test(`reports and refusals of ${release} are understood by today's client`, async (t) => {
    const asks = { STATUS: 'status', HISTORY: 'history' } as const
    const client = async (start: RegExp) => {
      const replies = titled(start).flatMap(({ said }) => said.filter(({ from }) => from === '<'))
      const { place } = await service(t, (socket) => {
        eachBody(socket, () => socket.write(framed(replies.shift()?.body ?? Buffer.alloc(0))))
      })
      return clientAt(t, place)
    }
    for (const [title, ask] of Object.entries(asks)) {
      t.type(await (await client(new RegExp(`^${title}`)))[ask as 'status'](), 'object', title)
    }
    const page = await (await client(/^NODES/)).nodes().next()
    t.match(page.value, [{ address: '127.0.0.1', software: /^kickback \d/, behind: false }])
    t.match(await (await client(/^RELOAD/)).reload({ dry_run: true }, 30_000), { outcome: 'dry-run', diagnostics: [] })
    for (const exchange of titled(/^REFUSED/)) {
      const [reply] = messagesOf(exchange, '<')
      const one = await client(new RegExp(`^${exchange.title}$`))
      await t.rejects(one.ask('LOOKUP', { db: 'passwd', key: 'x' }), { code: reply?.error as string }, exchange.title)
    }
  })

  t.test(`what a master of ${release} proved is proved to today's node`, async (t) => {
    const key = publicKey(recording, t)
    for (const exchange of titled(/^ALIVE/)) {
      const { nonce, held } = lastOf(exchange, '>', MESSAGES.ALIVE.request)
      const { header, known, conflict, signature } = lastOf(exchange, '<', MESSAGES.ALIVE.reply)
      const isProved = (said: boolean): boolean =>
        verify(null, aliveMessage({ nonce, header, known: said, conflict, held }), key, signature)
      t.ok(proveHeader(headerOf(header), key), `${exchange.title}: the header`)
      t.strictSame([isProved(known), isProved(!known)], [true, false], exchange.title)
    }
    for (const exchange of titled(/^LOOKUP signed/)) {
      const { nonce = Buffer.alloc(0), db, key: asked } = lastOf(exchange, '>', MESSAGES.LOOKUP.request)
      const { generation, record, signature = Buffer.alloc(0) } = lastOf(exchange, '<', MESSAGES.LOOKUP.reply)
      const status = record === undefined ? STATUSES.NOTFOUND : STATUSES.SUCCESS
      const message = lookupMessage({ nonce, db, key: asked, status, generation, record })
      t.ok(verify(null, message, key, signature), exchange.title)
    }
    const [exchange] = titled(/^JOIN/)
    const [tokenReply] = messagesOf(exchange as Exchange, '<')
    const { token } = checkFields(tokenReply ?? {}, MESSAGES.TOKEN.reply)
    const { nonce } = lastOf(exchange as Exchange, '>', MESSAGES.JOIN.request)
    const joined = lastOf(exchange as Exchange, '<', MESSAGES.JOIN.reply)
    t.ok(isSameMac(masterProof(token, nonce, joined.key), joined.proof))
    const [listed] = titled(/^TRUST/).map((one) => lastOf(one, '<', MESSAGES.TRUST.reply).list)
    const root = listed === undefined ? key : parseTrustList(listed).roots[0]
    t.ok(root && publicKeyOfDer(joined.key).equals(root))
  })
}
