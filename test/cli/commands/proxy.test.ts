import { copyFileSync, mkdirSync } from 'node:fs'
import t from 'tap'
import { until } from '../../patience.ts'
import { type Running, Scratch } from '../scratch.ts'

/** Starts a proxy of a master, in a folder of its own. */
async function follow(scratch: Scratch, master: Running, ...trust: string[]): Promise<Running> {
  const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
  const proxy = scratch.start(['proxy', '--master', master.place, ...trust, ...folders])
  await proxy.logged('started')
  return proxy
}

t.test('a proxy takes what its key proves, follows, and goes on without its master', async (t) => {
  const head = new Scratch(t)
  const node = new Scratch(t)
  const master = await head.serve()
  const proxy = await follow(node, master, '--key', head.path('state/signing.pub'))
  await proxy.logged('took a generation')
  t.match(await node.ask('query', 'hosts', 'n15'), { code: 0, stdout: '10.20.30.115    n15\n' })
  head.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await proxy.logged('took a generation', 2)
  t.match(await node.ask('query', 'hosts', 'printer'), { code: 0 })
  // A node tells its generation when its files are written, which is later than it answers from it.
  await until(async () => /nodes +1 reported, 0 behind/.test((await head.ask('status')).stdout), 'the node is in step')
  await master.end('SIGKILL')
  await proxy.logged('master is lost')
  t.match(await node.ask('query', 'hosts', 'printer'), { code: 0 })
  t.match(await node.ask('reload'), { code: 1, stderr: /no configuration/ })
  t.match(await proxy.end(), { code: 0 })
  const folders = ['--run-dir', node.path('run'), '--state-dir', node.path('state')]
  const again = node.start(['proxy', '--master', master.place, '--key', head.path('state/signing.pub'), ...folders])
  await again.logged('ready')
  t.match(await node.ask('query', 'hosts', 'printer'), { code: 0 }, 'started without a master it has the last good one')
})

t.test('a proxy takes nothing that another key signed', async (t) => {
  const head = new Scratch(t)
  const stranger = new Scratch(t)
  const node = new Scratch(t)
  await (await stranger.serve()).end()
  const proxy = await follow(node, await head.serve(), '--key', stranger.path('state/signing.pub'))
  await proxy.logged('<4>')
  t.match(await node.ask('query', 'hosts', 'n15'), { code: 4 })
  t.match(await node.ask('status'), {
    code: 3,
    stdout: /generation +none yet[\s\S]*did not prove that it has the cluster's key/,
  })
})

t.test('a proxy takes whatever comes with --insecure, and says so', async (t) => {
  const head = new Scratch(t)
  const node = new Scratch(t)
  const proxy = await follow(node, await head.serve(), '--insecure')
  await proxy.logged('took a generation')
  t.match(proxy.stderr, /<4>--insecure/)
  t.match(await node.ask('status'), { code: 0, stdout: /INSECURE/ })
  t.match(await node.ask('query', 'hosts', 'n15'), { code: 0 })
})

t.test('a proxy wants a master, and a key or --insecure', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.run('proxy', '--insecure'), { code: 64, stderr: /--master/ })
  t.match(await scratch.run('proxy', '--master', '10.0.0.1'), { code: 64, stderr: /--key FILE.*--insecure/ })
  t.match(await scratch.run('proxy', '--master', '10.0.0.1', '--key', 'k', '--insecure'), {
    code: 64,
    stderr: /not both/,
  })
  t.match(await scratch.run('proxy', '--master', '10.0.0.1', '--key', scratch.path('k')), {
    code: 1,
    stderr: /can't read the key/,
  })
  scratch.write('k', 'no key')
  t.match(await scratch.run('proxy', '--master', '10.0.0.1', '--key', scratch.path('k')), {
    code: 1,
    stderr: /not an Ed25519 key/,
  })
})

t.test(
  'a second master without accounts that takes over empties no node, until its administrator says so',
  async (t) => {
    const head = new Scratch(t)
    const other = new Scratch(t)
    const node = new Scratch(t)
    const first = await head.serve()
    mkdirSync(other.path('state'))
    copyFileSync(head.path('state/signing.key'), other.path('state/signing.key'))
    const folders = ['--run-dir', node.path('run'), '--state-dir', node.path('state')]
    const key = ['--key', head.path('state/signing.pub')]
    const proxy = node.start(['proxy', '--master', first.place, ...key, ...folders])
    await proxy.logged('took a generation')
    t.match(await node.ask('query', 'passwd', 'ada'), { code: 0 })
    t.match(await proxy.end(), { code: 0 })
    await first.end()
    other.write('passwd', 'root:x:0:0:root:/root:/bin/bash\n')
    const second = await other.serve()
    const again = node.start(['proxy', '--master', first.place, second.place, ...key, ...folders])
    await again.logged('would lose')
    t.match(await node.ask('query', 'passwd', 'ada'), { code: 0 })
    t.match(await node.ask('status'), {
      code: 3,
      stdout: /REFUSED +generation \d+ would lose \d+ of \d+ records of passwd/,
    })
    t.match(await node.ask('reload', '--force'), { code: 0, stdout: /is published/ })
    t.match(await node.ask('query', 'passwd', 'ada'), { code: 2 })
    t.match(await node.ask('status'), { code: 0 })
  },
)

t.test('the floors of a node are those of its own login.defs, and its settings name exceptions', async (t) => {
  const head = new Scratch(t)
  const node = new Scratch(t)
  const master = await head.serve()
  node.write('login.defs', 'UID_MIN 1002\nGID_MIN 100\n')
  const folders = ['--run-dir', node.path('run'), '--state-dir', node.path('state')]
  const more = ['--login-defs', node.path('login.defs'), '--users', 'ada']
  const proxy = node.start([
    'proxy',
    '--master',
    master.place,
    '--key',
    head.path('state/signing.pub'),
    ...folders,
    ...more,
  ])
  await proxy.logged('took a generation')
  t.match(await node.ask('query', 'passwd', 'hedy'), { code: 0 }, 'uid 1002')
  t.match(await node.ask('query', 'passwd', 'grace'), { code: 2 }, 'uid 1001')
  t.match(await node.ask('query', 'passwd', 'ada'), { code: 0 }, 'uid 1000, named')
  t.match(await node.ask('status'), { code: 0, stdout: /left out +1 user and 0 groups .* as grace/ })
})
