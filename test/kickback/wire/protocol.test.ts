import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { MESSAGES } from '../../../src/kickback/wire/protocol.ts'
import { folder, type Tap } from '../../folder.ts'
import { publicSnapshot, server } from '../cluster.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8')

/** What the lines of the page's exchange say that begin with this mark. */
function exchanged(mark: '>' | '<'): Buffer[] {
  const exchange = PAGE.slice(PAGE.indexOf('## An exchange'))
  const lines = exchange.split('\n').filter((line) => line.startsWith(`${mark} `))
  return lines.map((line) => Buffer.from(line.slice(2).replaceAll(' ', ''), 'hex'))
}

/** Sends chunks to a server that serves what the page says; all that comes back, as soon as it is this long. */
async function answered(t: Tap, chunks: readonly Buffer[], length: number): Promise<Buffer> {
  const path = join(folder(t), 'socket')
  await server(t, { software: 'kickback 0.1.0' }, publicSnapshot(1_700_000_000)).listen('local', { path })
  const socket = connect(path)
  t.teardown(() => socket.destroy())
  let came = Buffer.alloc(0)
  const all = new Promise<Buffer>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => resolve(came))
    socket.on('data', (bytes) => {
      came = Buffer.concat([came, bytes])
      if (came.length >= length) resolve(came)
    })
  })
  for (const chunk of chunks) {
    await new Promise((resolve) => socket.write(chunk, resolve))
    if (chunks.length > 1) await new Promise(setImmediate)
  }
  return all
}

const SENT = Buffer.concat(exchanged('>'))
const EXPECTED = Buffer.concat(exchanged('<'))

t.test('the exchange of docs/protocol.md is answered byte for byte', async (t) => {
  t.equal(exchanged('>').length, 4)
  t.equal(exchanged('<').length, 4)
  t.equal((await answered(t, [SENT], EXPECTED.length)).toString('hex'), EXPECTED.toString('hex'))
})

t.test('the exchange is answered the same when it comes byte by byte', async (t) => {
  const bytes = Array.from(SENT, (byte) => Buffer.of(byte))
  t.equal((await answered(t, bytes, EXPECTED.length)).toString('hex'), EXPECTED.toString('hex'))
})

t.test('a field that several messages have stands once in the table', async (t) => {
  const rows = new Map<string, Set<object>>()
  for (const field of Object.values(MESSAGES).flatMap(({ request, reply }) => [...request, ...reply])) {
    const text = JSON.stringify(field)
    rows.set(text, (rows.get(text) ?? new Set()).add(field))
  }
  t.ok(rows.size > 50)
  t.same(
    [...rows].filter(([, copies]) => copies.size > 1).map(([text]) => text),
    [],
  )
})
