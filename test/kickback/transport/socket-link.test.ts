import { Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { dial } from '../../../src/kickback/transport/dialler.ts'
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
