import { Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { dial } from '../../../src/kickback/transport/dialler.ts'
import { UNCOPIED_FROM } from '../../../src/kickback/transport/link.ts'
import { SocketLink } from '../../../src/kickback/transport/socket-link.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'
import { listening, received, soon } from './links.ts'

t.test('what is sent together comes in order, small and large pieces mixed, and all before the end', async (t) => {
  const { listener, first } = await listening(t, { path: join(folder(t), 'socket') })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  const came = received(await first)
  const pieces = Array.from({ length: 60 }, (_, i) => Buffer.alloc(i % 7 === 0 ? 40_000 : i + 1, i))
  dialled.together(() => {
    for (const piece of pieces) dialled.send(piece)
    t.equal(dialled.queuedBytes, Buffer.concat(pieces).length)
  })
  dialled.send(Buffer.from('last'))
  dialled.end()
  t.ok((await came).equals(Buffer.concat([...pieces, Buffer.from('last')])))
})

t.test('of what is sent together small buffers are copied, and those from a size on are not', async (t) => {
  const sent: Buffer[] = []
  const link = new SocketLink(new Socket(), (bytes) => sent.push(bytes) > 0)
  const pieces = [10, UNCOPIED_FROM - 1, UNCOPIED_FROM].map((length) => Buffer.alloc(length))
  link.together(() => {
    for (const piece of pieces) link.send(piece)
  })
  t.same(
    sent.map(({ length }) => length),
    [UNCOPIED_FROM + 9, UNCOPIED_FROM],
  )
  const memory = sent.map(({ buffer }) => buffer)
  t.same(
    pieces.map(({ buffer }) => memory.includes(buffer)),
    [false, false, true],
  )
})

t.test('what is sent together within what is sent together goes with that, in order', async (t) => {
  const sent: Buffer[] = []
  const link = new SocketLink(new Socket(), (bytes) => sent.push(bytes) > 0)
  link.together(() => {
    link.send(Buffer.from('a'))
    link.together(() => link.send(Buffer.from('b')))
    link.send(Buffer.from('c'))
  })
  t.same(sent.map(String), ['abc'])
})

t.test('what came before anybody listened is not lost, nor is the end', async (t) => {
  const socket = new Socket()
  const link = new SocketLink(socket, () => true)
  link.received(Buffer.from('early, '))
  link.received(Buffer.from('and in order'))
  socket.emit('end')
  const came = received(link)
  t.ok(socket.writableEnded, 'our end follows')
  socket.destroy()
  t.equal((await came).toString(), 'early, and in order')
})

t.test('a link that has gone takes what is sent without a fuss', async (t) => {
  const { listener, first } = await listening(t, { path: join(folder(t), 'socket') })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  const link = await first
  const gone = received(link)
  dialled.destroy()
  await gone
  link.send(Buffer.from('x'))
  link.together(() => link.send(Buffer.from('y')))
  t.equal((await received(link)).length, 0)
})
