import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import type { Peer } from '../../src/dns/settings.ts'
import { listenUdp, sendTo, type UdpHandler } from '../../src/dns/udp.ts'
import { handlers } from '../../src/values/index.ts'

/** Answers each request with itself, at once, and counts those that can have no answer. */
function echo(): UdpHandler & { unanswerables: number } {
  return {
    unanswerables: 0,
    udp: (request, _peer, send) => send(request),
    unanswerable() {
      this.unanswerables++
    },
    unsent() {},
  }
}

t.test('a request from port 0 gets no reply, and is counted as such; others go on', async (t) => {
  const handler = echo()
  const socket = await listenUdp({ host: '127.0.0.1', port: 0 }, handler, () => {})
  const asker = createSocket('udp4')
  t.teardown(() => [socket, asker].map((each) => each.close()))
  const failures = handlers.failures.size
  const from = { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 }
  for (const address of ['127.0.0.1', '198.51.100.7']) socket.emit('message', Buffer.from('x'), { ...from, address })
  t.equal(handler.unanswerables, 2)
  asker.send('y', socket.address().port, '127.0.0.1')
  t.same((await once(asker, 'message'))[0], Buffer.from('y'))
  t.equal(handlers.failures.size, failures, 'nothing was thrown')
})

t.test('a reply that comes when the socket is closed is dropped', async (t) => {
  let answer: ((reply: Buffer) => void) | undefined
  let unsent = 0
  const handler = {
    udp(_: Buffer, __: Peer, send: (reply: Buffer) => void) {
      answer = send
    },
    unanswerable() {},
    unsent: () => void unsent++,
  }
  const socket = await listenUdp({ host: '127.0.0.1', port: 0 }, handler, () => {})
  socket.emit('message', Buffer.from('x'), { address: '127.0.0.1', family: 'IPv4', port: 5, size: 1 })
  socket.close()
  t.doesNotThrow(() => answer?.(Buffer.from('late')))
  t.equal(unsent, 1)
})

t.test('replies that the system does not take wait up to a bound, and are dropped beyond it', async (t) => {
  let waiting = 0
  const sent: Buffer[] = []
  const socket = {
    getSendQueueSize: () => waiting,
    send: (reply: Buffer) => void sent.push(reply),
  } as unknown as Socket
  const peer = { address: '127.0.0.1', port: 5 }
  waiting = 1024 * 1024
  t.ok(sendTo(socket, Buffer.alloc(1232), peer))
  waiting++
  t.notOk(sendTo(socket, Buffer.alloc(1232), peer))
  t.equal(sent.length, 1)
})
