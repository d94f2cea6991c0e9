// What nodes tell of their machines: bounded, printable, from root alone, and no more of it than there are connections.
import { join } from 'node:path'
import t from 'tap'
import { Machines, toldMachine } from '../../../../src/kickback/service/told/machines.ts'
import { MessageError } from '../../../../src/kickback/wire/message.ts'
import { nodeStateReports } from '../../../../src/kickback/wire/node-messages.ts'
import { NONCE_BYTES, TEXT_MAX } from '../../../../src/kickback/wire/protocol.ts'
import { folder } from '../../../folder.ts'
import { client, server } from '../../cluster.ts'

const MACHINE = { uptime: 5, load: 7, cpus: 2, memory: 100, available: 50, kernel: '6.1', boot: 'b' }

const node = (last: number, isRoot = true) =>
  ({ asker: { via: 'network', address: Uint8Array.of(10, 0, 0, last) }, isRoot }) as const

t.test('what a connection told last is known until it ends; no user of a node speaks for it', async (t) => {
  const machines = new Machines()
  const [a, user, local] = [node(5), node(5, false), { asker: { via: 'local' }, isRoot: false } as const]
  machines.note(a, MACHINE)
  machines.note(a, { ...MACHINE, load: 9 })
  machines.note(user, MACHINE)
  machines.note(local, MACHINE)
  t.same([machines.of(a), machines.of(user), machines.of(local)], [{ ...MACHINE, load: 9 }, undefined, undefined])
  t.equal(machines.size, 1)
  machines.forget(a)
  t.same([machines.size, machines.of(a)], [0, undefined])
})

t.test('what makes no sense is refused, and texts are cut and made printable', async (t) => {
  const wrong = [
    {},
    7,
    { ...MACHINE, uptime: -1 },
    { ...MACHINE, load: 1.5 },
    { ...MACHINE, memory: '7' },
    { ...MACHINE, kernel: Buffer.of(1) },
    { ...MACHINE, boot: undefined },
  ]
  for (const told of wrong) t.throws(() => toldMachine(told), MessageError)
  const { kernel, ...rest } = toldMachine({ ...MACHINE, kernel: `\x1b[2J${'é'.repeat(600)}`, more: 'x'.repeat(999) })
  t.match(kernel, /^\?\[2J\?+$/)
  t.equal(kernel.length, TEXT_MAX)
  t.same(Object.keys(rest), ['uptime', 'load', 'cpus', 'memory', 'available', 'boot'])
})

t.test(
  'a node tells along with its proof of life, root is shown it, and an end of the connection forgets it',
  async (t) => {
    // The client is node 3 of a cluster of its own: who comes from loopback is no node of the configuration.
    const one = server(t, { sign: () => new Uint8Array(64) })
    const follower = await client(t, await one.listen('network', { host: '127.0.0.1', port: 0 }))
    const root = await client(t, await one.listen('admin', { path: join(folder(t), 'admin') }))
    await follower.hello(1)
    await follower.subscribe(() => {})
    const nonce = Buffer.alloc(NONCE_BYTES, 1)
    await follower.ask('ALIVE', { nonce, machine: MACHINE })
    await t.rejects(follower.ask('ALIVE', { nonce, machine: { ...MACHINE, load: -1 } }), { code: 'request' })
    t.match(await follower.lookup('passwd', 'user1'), Buffer, 'the connection is still there')
    t.equal(one.shared.service.nodeFacts?.machines.size, 1)
    follower.close()
    for (let tries = 0; one.shared.service.nodeFacts?.machines.size !== 0 && tries < 1000; tries++)
      await new Promise(setImmediate)
    t.equal(one.shared.service.nodeFacts?.machines.size, 0)
    const { nodes } = await root.ask('STATES', {})
    t.equal(nodeStateReports(nodes).length, 10)
  },
)

t.test('a thousand nodes with one kernel keep one text of it', async (t) => {
  const machines = new Machines()
  const all = Array.from({ length: 1000 }, (_, i) => node(i % 256))
  for (const one of all) machines.note(one, toldMachine({ ...MACHINE, kernel: ['6.1.0', '-generic'].join('') }))
  t.equal(machines.size, 1000)
  t.equal(new Set(all.map((one) => machines.of(one)?.kernel)).size, 1)
})
