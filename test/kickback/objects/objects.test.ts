import { createHash, verify } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { deltaPath, objectPath } from '../../../src/kickback/wire/objects.ts'
import { aliveMessage } from '../../../src/kickback/wire/proof.ts'
import { deltaOf, headerOf, layout, patched, type Snapshot } from '../../../src/resolver/index.ts'
import { atOnce, type HostPort, hex } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { clusterKey } from '../../keys.ts'
import { until } from '../../patience.ts'
import { publicSnapshot } from '../cluster.ts'
import { get, giver } from './http.ts'

const NONCE = Buffer.alloc(32, 7)
const body = ({ bytes }: Snapshot): Buffer => Buffer.from(bytes.subarray(layout.HEADER.size))
const current = ({ service }: Awaited<ReturnType<typeof giver>>): Snapshot => service.current as Snapshot
const headPath = (more = ''): string => `/1/head?nonce=${hex(NONCE)}${more}`

/** The lines of a head by their first word. */
async function head(place: HostPort, more = ''): Promise<Record<string, string>> {
  const { status, headers, body } = await get(place, headPath(more))
  t.match({ status, headers }, { status: 200, headers: { 'cache-control': 'no-store' } })
  return Object.fromEntries(
    body
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(/ (.*)/)),
  )
}

t.test('a head proves which generation is current now', async (t) => {
  const made = await giver(t)
  const { kickback, header = '', flags, signature = '', ...rest } = await head(made.place)
  const bytes = Buffer.from(header, 'base64')
  t.equal(kickback, 'head 1')
  t.same(headerOf(bytes).digest, current(made).digest)
  t.match(rest, {
    digest: hex(current(made).digest),
    size: String(current(made).bytes.length),
    signer: /^[0-9a-f]{32}$/,
  })
  t.equal(flags, '0')
  const message = aliveMessage({ nonce: NONCE, header: bytes, known: false, conflict: false, held: undefined })
  t.ok(verify(null, message, made.key.key, Buffer.from(signature, 'base64')))
})

t.test('a head says whether the master ever had what the asker holds, and the signature is over that', async (t) => {
  const key = clusterKey()
  const [known, unknown] = [publicSnapshot(5, 3, key.sign), publicSnapshot(6, 4, key.sign)]
  const history = (generation: number, digest: Uint8Array): boolean =>
    generation === known.generation && Buffer.compare(digest, known.digest) === 0
  const made = await giver(t, { history })
  for (const [held, flags] of [
    [known.header.bytes, '1'],
    [unknown.header.bytes, '0'],
    [Uint8Array.of(1, 2, 3), '0'],
  ] as const) {
    const answer = await head(made.place, `&held=${hex(held)}`)
    t.equal(answer.flags, flags)
    const header = Buffer.from(answer.header ?? '', 'base64')
    const message = aliveMessage({ nonce: NONCE, header, known: flags === '1', conflict: false, held })
    t.ok(verify(null, message, made.key.key, Buffer.from(answer.signature ?? '', 'base64')))
  }
  for (const wrong of ['', '0', 'XY', '0g', '00'.repeat(600)])
    t.equal((await get(made.place, headPath(`&held=${wrong}`))).status, 404, wrong)
})

t.test('a body is all that the digest stands for, plain or compressed, and never changes', async (t) => {
  const made = await giver(t, { users: 500 })
  const path = objectPath(current(made).digest)
  const plain = await get(made.place, path)
  t.match(plain, { status: 200, headers: { vary: 'Accept-Encoding', 'accept-ranges': 'bytes' } })
  t.match(plain.headers['cache-control'], /immutable/)
  t.same(plain.body, body(current(made)))
  const zstd = await get(made.place, path, { 'accept-encoding': 'gzip, zstd' })
  t.same([zstd.headers['content-encoding'], zstdDecompressSync(zstd.body)], ['zstd', plain.body])
  const gzip = await get(made.place, path, { 'accept-encoding': 'gzip' })
  t.same([gzip.headers['content-encoding'], gunzipSync(gzip.body)], ['gzip', plain.body])
  t.equal(new Set([plain, zstd, gzip].map(({ headers }) => headers.etag)).size, 3)
  t.equal(made.objects.counts.compressed, zstd.body.length + gzip.body.length)
})

t.test('what is compressed is compressed once, however many ask, and let go with its generation', async (t) => {
  const made = await giver(t, { users: 200 })
  const path = objectPath(current(made).digest)
  const all = await Promise.all(Array.from({ length: 20 }, () => get(made.place, path, { 'accept-encoding': 'zstd' })))
  t.equal(made.objects.counts.compressed, all[0]?.body.length)
  for (const generation of [2, 3]) made.serve(publicSnapshot(generation, 200 + generation, made.key.sign))
  await until(() => made.objects.counts.compressed === 0, 'it is let go')
  t.equal((await get(made.place, path)).status, 404)
})

t.test('the body of the generation before is still given', async (t) => {
  const made = await giver(t)
  const before = current(made)
  made.serve(publicSnapshot(2, 6, made.key.sign))
  t.same((await get(made.place, objectPath(before.digest))).body, body(before))
})

t.test('a part of a body, and what the asker has already', async (t) => {
  const made = await giver(t)
  const path = objectPath(current(made).digest)
  const all = body(current(made))
  const part = await get(made.place, path, { range: 'bytes=10-19' })
  t.match(part, { status: 206, headers: { 'content-range': `bytes 10-19/${all.length}`, 'content-length': '10' } })
  t.same(part.body, all.subarray(10, 20))
  const etag = part.headers.etag ?? ''
  t.match(await get(made.place, path, { 'if-none-match': etag }), { status: 304 })
  t.match(await get(made.place, path, { range: `bytes=${all.length}-` }), { status: 416 })
})

t.test('HEAD tells what GET would give', async (t) => {
  const made = await giver(t, { users: 2000 })
  const length = String(body(current(made)).length)
  const told = await get(made.place, objectPath(current(made).digest), { method: 'HEAD' })
  t.match(told, { status: 200, headers: { 'content-length': length } })
  t.equal(told.body.length, 0)
  t.equal(made.objects.counts.sent, 0)
})

t.test('a delta makes the current content of an earlier one', async (t) => {
  const made = await giver(t)
  const before = current(made)
  const after = publicSnapshot(2, 6, made.key.sign)
  made.serve(after, deltaOf(before, after))
  const answer = await get(made.place, deltaPath(before.digest, after.digest), { 'accept-encoding': 'gzip' })
  t.match(answer, { status: 200, headers: { 'content-type': 'application/zstd' } })
  t.notOk(answer.headers['content-encoding'])
  t.same(atOnce(patched(before.bytes, zstdDecompressSync(answer.body), after.header)), Buffer.from(after.bytes))
  const none = await get(made.place, deltaPath(after.digest, before.digest))
  t.match(none, { status: 404, headers: { 'cache-control': 'no-store' } }, 'there is none back')
})

t.test('there is nothing else: other names, methods and requests with a body', async (t) => {
  const made = await giver(t)
  const path = objectPath(current(made).digest)
  t.match(await get(made.place, objectPath(createHash('sha256').digest())), { status: 404 })
  t.match(await get(made.place, '/1/trust'), { status: 404 })
  t.match(await get(made.place, '/../../etc/passwd'), { status: 404 })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
    t.match(await get(made.place, path, { method }), { status: 405, headers: { allow: 'GET, HEAD' } }, method)
  }
  t.match(await get(made.place, path, { 'content-length': '0' }), { status: 200 })
  t.match(await get(made.place, path, { 'transfer-encoding': 'chunked' }), { status: 413 })
})

t.test('the trust list is given as it is, and its number with each head', async (t) => {
  const bytes = Buffer.from('kickback trust 1\n')
  const made = await giver(t, { trust: () => ({ number: 9, bytes }) })
  t.same((await get(made.place, '/1/trust')).body, bytes)
  t.match(await head(made.place), { trust: '9' })
})

t.test('who waits for news is answered when there is some', async (t) => {
  const made = await giver(t)
  const after = hex(current(made).digest)
  const answer = head(made.place, `&after=${after}&wait=60`)
  await until(() => made.objects.counts.waiting === 1, 'it waits')
  made.serve(publicSnapshot(2, 6, made.key.sign))
  t.match(await answer, { digest: hex(current(made).digest) })
  t.match(
    await head(made.place, `&after=${after}&wait=60`),
    { digest: hex(current(made).digest) },
    'there is some already',
  )
})

t.test('who goes while it waits is forgotten', async (t) => {
  const made = await giver(t)
  const asked = request({ ...made.place, path: headPath(`&after=${hex(current(made).digest)}&wait=60`) })
  asked.on('error', () => {})
  asked.end()
  await until(() => made.objects.counts.waiting === 1, 'it waits')
  asked.destroy()
  await until(() => made.objects.counts.waiting === 0, 'it is forgotten')
})

t.test('heads are signed at a bounded rate: who asks for more is told to come later', async (t) => {
  const made = await giver(t, { clock: new HandClock() })
  const answers: (number | undefined)[] = []
  for (let i = 0; i < 201; i++) answers.push((await get(made.place, headPath())).status)
  t.equal(answers.filter((status) => status === 200).length, 200)
  const last = await get(made.place, headPath())
  t.match(last, { status: 503, headers: { 'retry-after': /^[1-9]$/ } })
})

t.test('of one client eight bodies are on their way at once, and who reads too slowly is ended', async (t) => {
  const clock = new HandClock()
  const made = await giver(t, { clock, users: 100_000 })
  const path = objectPath(current(made).digest)
  const ask = async (): Promise<Socket> => {
    const socket = connect(made.place)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    return socket
  }
  const sockets = await Promise.all(Array.from({ length: 8 }, ask))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(async () => (await get(made.place, path)).status === 503, 'all places of this client are taken')
  clock.turn(61 * 60_000)
  await until(async () => (await get(made.place, path)).status === 200, 'there is room again')
})

t.test('the lists that lead from an earlier root come before the trust list, for who names that root', async (t) => {
  const [link, bytes] = [Buffer.from('kickback trust 1\nnumber 8\n'), Buffer.from('kickback trust 1\nnumber 9\n')]
  const mark = 'ab'.repeat(16)
  const bridge = (root: string) => (root === mark ? [{ bytes: link }] : [])
  const made = await giver(t, { trust: () => ({ number: 9, bytes }), bridge })
  t.same((await get(made.place, `/1/trust/${mark}`)).body, Buffer.concat([link, bytes]))
  t.same((await get(made.place, `/1/trust/${'cd'.repeat(16)}`)).body, bytes)
  for (const path of ['/1/trust/', `/1/trust/${mark.toUpperCase()}`, `/1/trust/${mark}0`, `/1/trust/${mark}/x`])
    t.match(await get(made.place, path), { status: 404 }, path)
})
