/**
 * Uses a build of the native part in every way that JavaScript can, wrong ones too: node exercise.ts MODULE MILLISECONDS. Prints how much
 * it did, and `done`.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { Responder } from '../../../src/dns/answer/responder.ts'
import { BatchSockets } from '../../../src/dns/batch/batch-sockets.ts'
import type { Packets } from '../../../src/dns/batch/packets.ts'
import { newCounters } from '../../../src/dns/counters.ts'
import type { UdpHandler } from '../../../src/dns/udp.ts'
import { numbers } from '../../numbers.ts'
import { settingsOf } from '../cluster.ts'
import { anyRequest, Fuzz, fuzzSnapshot } from '../fuzz.ts'

const [module = '', time = '1000'] = isMainThread ? process.argv.slice(2) : (workerData as [string, string])
const packets = createRequire(import.meta.url)(module) as Packets
const next = numbers(Date.now() & 0xffffff)

/** Calls that no good program makes: each throws a TypeError, or does nothing. */
function misuse(): void {
  const table = packets.newTable()
  const values: unknown[] = [
    undefined,
    null,
    1,
    -1,
    1e300,
    'x'.repeat(100),
    {},
    [],
    table,
    new Uint8Array(0),
    new Uint8Array(64),
    new Float64Array(3),
    new Float64Array(19),
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
    () => {},
    Symbol('x'),
    10n,
  ]
  const functions = Object.entries(packets).filter(([name, value]) => typeof value === 'function' && name !== 'open')
  for (let i = 0; i < 400; i++) {
    const [, call] = functions[next(functions.length)] as [string, (...args: unknown[]) => unknown]
    attempt(() => call(...Array.from({ length: next(5) }, () => values[next(values.length)])))
    attempt(() =>
      (packets.open as (...args: unknown[]) => unknown)(
        ...Array.from({ length: 7 }, () => values[next(values.length)]),
      ),
    )
  }
  packets.release(table)
  packets.release(table)
  packets.keep(table, Buffer.alloc(40), false, 20)
  packets.renumber(table, 7)
  packets.admit(table, Buffer.alloc(4), true)
  packets.find(table, Buffer.alloc(40))
}

function attempt(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}

/** A server on all addresses of both families, asked everything while its generations change and its sockets close. */
async function serve(host: string, target: string): Promise<number> {
  const sockets = new BatchSockets(packets)
  let responder = new Responder(fuzzSnapshot(), settingsOf(), sockets.newReady())
  let requests = 0
  const late: (() => void)[] = []
  const handler: UdpHandler = {
    udp(request, peer, send) {
      requests++
      responder.ready.admit({ family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }, next(2) === 0)
      responder.ready.admit({ family: 6, bytes: Uint8Array.from([...new Array(15).fill(0), 1]) }, true)
      if (peer.port === 0) throw new Error('nobody is at port 0')
      const cookie = () => Buffer.alloc(24, 7)
      const verdict = responder.respond(request, { transport: 'udp', time: () => 1, cookie, room: () => 1232 })
      const reply = verdict?.kind === 'reply' ? verdict.bytes : Buffer.alloc(next(3000))
      if (next(20) === 0) late.push(() => send(reply))
      else send(reply)
      if (next(50) === 0) send(reply)
      if (next(400) === 0) swap()
    },
    unanswerable() {},
    unsent() {},
  }
  const swap = (): void => {
    responder = new Responder(fuzzSnapshot(next(1000)), settingsOf(), sockets.newReady())
    sockets.serve(next(8) === 0 ? undefined : (responder.ready as ReturnType<BatchSockets['newReady']>))
  }
  swap()
  const end = performance.now() + Number(time)
  const asker = createSocket(target.includes(':') ? 'udp6' : 'udp4')
  asker.bind(0, target)
  await once(asker, 'listening')
  while (performance.now() < end) {
    const socket = sockets.listen({ host, port: 0 }, handler, { isShared: next(2) === 0, onError() {} })
    const { port } = socket
    for (let round = 0; round < 10; round++) {
      for (let i = next(200); i >= 0; i--) {
        const { request } = anyRequest(next)
        asker.send(next(30) === 0 ? Buffer.concat([request, Buffer.alloc(next(20_000))]) : request, port, target)
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
      for (const send of late.splice(0)) send()
    }
    // Some replies come when the socket is closed.
    for (let i = 0; i < 80; i++) asker.send(anyRequest(next).request, port, target)
    if (next(2) === 0) await new Promise((resolve) => setImmediate(resolve))
    socket.close()
    socket.close()
    for (const send of late.splice(0)) send()
  }
  asker.close()
  sockets.close()
  const { batched } = sockets.counted(newCounters())
  if (batched === 0) throw new Error('nothing was answered in C')
  return requests + batched
}

const fuzz = new Fuzz(next(1e6), new BatchSockets(packets).newReady())
misuse()
for (let i = 0; i < 3000; i++) fuzz.once()
const six = async (): Promise<number> => {
  try {
    return await serve('::', '::1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error
    return 0
  }
}
const both = await Promise.all([serve('0.0.0.0', '127.0.0.1'), six()])
if (isMainThread) {
  // Environments of their own, one of which ends with sockets open.
  const worker = new Worker(import.meta.filename, { workerData: [module, time] })
  const ended = once(worker, 'exit')
  await new Promise((resolve) => setTimeout(resolve, Number(time) / 3))
  await worker.terminate()
  await ended
}
console.log(`${both[0] + both[1]} requests`)
console.log('done')
