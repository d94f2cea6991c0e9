/** Resolvers that one should not forward to: `SILENT LYING`, two own addresses. One never answers, the other answers whatever it likes. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { Chance, count, endWithParent } from './attacker.ts'

const [, , silent = '', lying = ''] = process.argv
const chance = new Chance(7)

/** Replies to one question, of which none is the answer. */
function lies(asked: Buffer): Buffer[] {
  const reply = Buffer.from(asked)
  if (reply.length < 12) return []
  reply.writeUInt16BE(0x8180, 2)
  const other = Buffer.from(reply)
  other.writeUInt16BE(chance.below(65536), 0)
  const cut = Buffer.from(reply)
  cut.writeUInt16BE(0x8380, 2)
  const name = Buffer.from(reply)
  name[13] = (name[13] ?? 0) ^ 1
  const counts = Buffer.from(reply)
  counts.writeUInt16BE(65535, 6)
  return [
    other,
    name,
    counts,
    chance.damaged(reply),
    chance.bytes(1200),
    reply.subarray(0, 11),
    chance.of([cut, asked, counts]),
  ]
}

for (const address of [silent, lying]) {
  const socket = createSocket('udp4')
  socket.on('error', () => count('own error'))
  socket.on('message', (asked, { port, address: from }) => {
    count(address === silent ? 'left unanswered' : 'lied to')
    if (address === lying) for (const lie of lies(asked)) socket.send(lie, port, from, () => {})
  })
  socket.bind(53, address)
  createServer((one) => {
    one.on('error', () => {})
    count('asked by TCP')
    if (address === lying)
      one.write(chance.of([Buffer.of(255, 255, 1), chance.bytes(300), Buffer.of(0, 0), Buffer.of(0)]))
    setTimeout(() => one.destroy(), 20_000)
  }).listen(53, address)
}
endWithParent()
