// A running master whose accounts change, and a node that follows it: a change costs what it changes.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { Trust } from '../../src/kickback/node/trust.ts'
import { publicKeyOf } from '../../src/resolver/index.ts'
import { Scratch } from '../cli/scratch.ts'
import { follows, node } from '../daemon/nodes/node.ts'
import { middle } from '../kickback/node/middle.ts'
import { until } from '../patience.ts'

t.test('a node gets a new user, and the loss of one, by deltas', async (t) => {
  const scratch = new Scratch(t)
  const master = await scratch.serve('--listen', '127.0.0.1:0')
  const port = Number(/listening place=127\.0\.0\.1:(\d+)/.exec(master.stderr)?.[1])
  const sizes: number[] = []
  const between = await middle(t, { host: '127.0.0.1', port }, ({ op, reply, send }) => {
    if (op === 'DELTA' && reply.data instanceof Uint8Array) sizes.push(reply.data.length)
    send(reply)
  })
  const key = publicKeyOf(readFileSync(scratch.path('state/signing.pub'), 'utf8'))
  const one = await node(t, [between.place], { trust: new Trust({ key }) })
  await follows(one)
  const users = one.proxy.current?.count('passwd') ?? 0
  const has = async (count: number): Promise<void> => {
    await until(() => one.proxy.current?.count('passwd') === count)
    await follows(one)
  }
  between.asked.length = 0

  const before = scratch.read('passwd')
  scratch.append('passwd', 'mary:x:1600:100::/home/mary:/bin/sh\n')
  await has(users + 1)
  scratch.write('passwd', before)
  await has(users)
  t.notOk(between.asked.includes('SNAPSHOT'), 'nothing was fetched whole')
  t.equal(sizes.length, 2)
  t.ok(Math.max(...sizes) < 1024, `${sizes} bytes`)
  t.same(one.proxy.current?.lookup('passwd', { name: 'mary' }), undefined)

  const generation = one.proxy.current?.generation ?? 0
  scratch.append('passwd', 'mary:x:1600:100::/home/mary:/bin/sh\n')
  await has(users + 1)
  t.match(await scratch.ask('reload', '--back-to', String(generation)), { code: 0 })
  await has(users)
  t.notOk(between.asked.includes('SNAPSHOT'), 'nor is content that was gone back to')
  t.equal(sizes.length, 4)
  t.match(await scratch.ask('reload', '--release'), { code: 0 })
  await has(users + 1)

  await master.end()
  scratch.append('passwd', 'lise:x:1601:100::/home/lise:/bin/sh\n')
  await scratch.serve('--listen', `127.0.0.1:${port}`)
  await has(users + 2)
  t.notOk(between.asked.includes('SNAPSHOT'), 'nor what changed while the master was off')
})
