/**
 * What a bare Node process can answer: the bytes of a question lead to the bytes of a reply, whose id is patched. No
 * checks, no letter case, no EDNS: `node ceiling.ts FOLDER PORT`.
 */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { DOMAIN } from './data.ts'

const [folder = '.', port = '0'] = process.argv.slice(2)

/** The quickest way from bytes to a string, which @types/node does not list. */
function text(bytes: Buffer, start = 0): string {
  return (bytes as Buffer & { latin1Slice(start: number): string }).latin1Slice(start)
}

function name(text: string): Buffer {
  return Buffer.concat([
    ...text.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.of(0),
  ])
}

function question(text: string, type: number): Buffer {
  return Buffer.concat([name(text), Buffer.of(0, type, 0, 1)])
}

function reply(asked: Buffer, rcode: number, answers: number, records: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0, 0, 0x85, rcode, 0, 1, 0, answers, 0, 1 - answers, 0, 0), asked, records])
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  return Buffer.concat([owner, Buffer.of(0, type, 0, 1, 0, 0, 1, 44, data.length >> 8, data.length & 255), data])
}

const times = Buffer.from('00000001' + '00000e10' + '00000258' + '00015180' + '0000003c', 'hex')
const soa = record(name(DOMAIN), 6, Buffer.concat([name(`ns.${DOMAIN}`), name(`root.${DOMAIN}`), times]))
const replies = new Map<string, Buffer>()
for (const line of readFileSync(`${folder}/hosts`, 'latin1').trim().split('\n')) {
  const [address = '', host = ''] = line.split(' ')
  const octets = address.split('.').map(Number)
  const a = question(host, 1)
  const aaaa = question(host, 28)
  const ptr = question(`${octets.toReversed().join('.')}.in-addr.arpa`, 12)
  replies.set(text(a), reply(a, 0, 1, record(Buffer.of(0xc0, 12), 1, Buffer.from(octets))))
  replies.set(text(aaaa), reply(aaaa, 0, 0, soa))
  replies.set(text(ptr), reply(ptr, 0, 1, record(Buffer.of(0xc0, 12), 12, name(host))))
}

const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  // The family makes no difference to dgram, whose types want the signature of dns.lookup.
  lookup: ((host: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
    done(null, host, 4)) as never,
})
socket.on('message', (request, peer) => {
  const found = replies.get(text(request, 12)) ?? reply(request.subarray(12), 3, 0, soa)
  found[0] = request[0] ?? 0
  found[1] = request[1] ?? 0
  socket.send(found, peer.port, peer.address)
})
socket.bind(Number(port), '127.0.0.1')
