/**
 * Throws random and mutated requests at the answers, and checks each reply. Run by itself for as long as one likes:
 * `node test/dns/fuzz.ts COUNT [SEED]` tells of memory as it goes.
 */
import type { ReadyTable } from '../../src/dns/answer/ready.ts'
import { Responder } from '../../src/dns/answer/responder.ts'
import type { Snapshot } from '../../src/resolver/index.ts'
import { type Numbers, numbers } from '../numbers.ts'
import { opt, query } from './client.ts'
import { settingsOf, snapshotOf } from './cluster.ts'
import { decode } from './decode.ts'
import { mutated, randomMessage } from './mutate.ts'

const CONFIG = `nodes 300
iprange 10.20.1.0 10.20.2.43
hostrange 10.20.30.4 10.20.30.99
hostrange fd00::1 fd00::ffff
interface eth0 10.20.30.200 255.255.0.0
nodename n%N
nodename n%N-ipmi 0.1.0.0
host 02:00:00:00:00:01 10.20.30.5 SmartSwitch switch
host 02:00:00:00:00:02 10.20.30.6 a.b.cluster.internal
host 02:00:00:00:00:03 fd00::5 six
${Array.from({ length: 80 }, (_, i) => `host 02:00:00:00:01:${i.toString(16).padStart(2, '0')} 10.20.30.${10 + i} many\n`).join('')}`

/** What a server's cookie looks like. */
const COOKIE = Buffer.alloc(24, 7)
const KEY = { name: 'transfer.key', secret: Buffer.from('not a secret') }
const NAMES = [
  'n15.cluster.internal',
  'N299-IPMI.Cluster.Internal',
  'many.cluster.internal',
  'b.cluster.internal',
  'a.b.cluster.internal',
  'nope.cluster.internal',
  '_kickback._tcp.cluster.internal',
  'cluster.internal',
  '5.30.20.10.in-addr.arpa',
  '20.10.in-addr.arpa',
  '30.20.10.in-addr.arpa',
  '200.30.20.10.in-addr.arpa',
  `5.${'0.'.repeat(27)}0.0.d.f.ip6.arpa`,
  'six',
  'version.bind',
  'www.example.org',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.cluster.internal`,
]
const TYPES = [1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 65, 250, 251, 252, 253, 255, 999]

/** What a run counts. */
export interface FuzzCounts {
  readonly requests: number
  readonly replies: number
  /** Well-formed requests, each of which must have had a reply. */
  readonly wellFormed: number
}

/** What the requests ask about. */
export function fuzzSnapshot(generation = 4_294_967_296 + 5): Snapshot {
  return snapshotOf(CONFIG, generation)
}

/** A request of any kind, and whether a good client may send it. */
export function anyRequest(next: Numbers): { readonly request: Buffer; readonly isGood: boolean } {
  const kind = next(8)
  const good = goodRequest(next)
  return {
    request: kind === 0 ? randomMessage(next) : kind < 3 ? good : mutated(good, next),
    isGood: kind === 1 || kind === 2,
  }
}

/** One run over a responder, which keeps what it has made ready. */
export class Fuzz {
  readonly #responder: Responder
  readonly #next: Numbers
  requests = 0
  replies = 0
  wellFormed = 0

  /** `ready` is where answers are kept ready. */
  constructor(seed: number, ready?: ReadyTable) {
    this.#next = numbers(seed)
    this.#responder = new Responder(fuzzSnapshot(), settingsOf({ tsig: [KEY] }), ready)
  }

  /** How many answers are ready. */
  get ready(): number {
    return this.#responder.ready.count
  }

  /** Sends one request; throws where the reply is wrong or missing. */
  once(): void {
    const { request, isGood } = anyRequest(this.#next)
    this.requests++
    const reply = this.#reply(request)
    if (isGood) {
      this.wellFormed++
      if (reply === undefined) throw new Error(`no reply to ${request.toString('hex')}`)
    }
    if (reply !== undefined) checkReply(request, reply)
  }

  #reply(request: Buffer): Buffer | undefined {
    const quick = this.#responder.ready.reply(request)
    const transport = quick !== undefined || this.#next(2) === 0 ? 'udp' : 'tcp'
    const verdict = this.#responder.respond(request, {
      transport,
      time: () => 1_700_000_000,
      cookie: () => COOKIE,
      room: () => 1232,
    })
    if (verdict !== undefined) this.replies++
    const slow = verdict?.kind === 'reply' ? verdict.bytes : undefined
    if (quick !== undefined && slow?.equals(quick) !== true) {
      throw new Error(`${request.toString('hex')} gets ${quick.toString('hex')}, not ${slow?.toString('hex')}`)
    }
    return verdict?.kind === 'transfer' ? this.#responder.coded(verdict.asked, 5) : slow
  }
}

/** A request that a good client may send. */
function goodRequest(next: Numbers): Buffer {
  const pick = <T>(all: readonly T[]): T => all[next(all.length)] as T
  const name = pick(NAMES).replace(/[a-z]/g, (letter) => (next(3) === 0 ? letter.toUpperCase() : letter))
  const cookie = Buffer.from('000a00080102030405060708', 'hex')
  const opts = [
    undefined,
    opt(next(5000)),
    opt(1232, { flags: 0x8000 }),
    opt(4096, { options: cookie }),
    opt(512, { version: next(3) }),
  ]
  const additional = pick(opts)
  const more = additional === undefined ? {} : { opt: additional }
  return query(name, pick(TYPES), { id: next(65536), flags: next(2) << 8, class: next(20) === 0 ? 3 : 1, ...more })
}

/** Throws where a reply is not well-formed, not to this request, or longer than it may be. */
function checkReply(request: Buffer, reply: Buffer): void {
  const decoded = decode(reply)
  if (decoded.id !== request.readUInt16BE(0) || !decoded.qr)
    throw new Error(`not to this request: ${reply.toString('hex')}`)
  if (decoded.questions.length > 1) throw new Error(`questions: ${reply.toString('hex')}`)
}

/** Runs by itself. */
function main(count: number, seed: number): void {
  const fuzz = new Fuzz(seed)
  const started = performance.now()
  for (let i = 1; i <= count; i++) {
    fuzz.once()
    if (i % Math.ceil(count / 20) !== 0) continue
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    const [all, heap, buffers] = [rss, heapUsed, arrayBuffers].map((bytes) => Math.round(bytes / 2 ** 20))
    const seconds = Math.round((performance.now() - started) / 1000)
    const { replies, wellFormed, ready } = fuzz
    console.log(
      `${i} requests, ${replies} replies, ${wellFormed} well-formed, ${ready} ready, ${seconds} s, ${all} MB (heap ${heap}, buffers ${buffers})`,
    )
  }
}

if (process.argv[1] === import.meta.filename) main(Number(process.argv[2] ?? 1e6), Number(process.argv[3] ?? 1))
