// Two masters and a node on machines of their own: what a node does when its master is killed, stopped, or cut off.
import { appendFileSync, chmodSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../end-to-end/served.ts'
import { folder } from '../folder.ts'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const [FIRST, SECOND] = ['10.20.30.1', '10.20.30.2']
/** How long it may take until a node goes back to a master, in milliseconds: it is tried after half a minute, and has to stay as long. */
const BACK = 200_000
/** Whether what takes minutes is done too: npm run test:long. */
const isLong = process.env.KICKBACK_LONG !== undefined

const statusOf = (on: Machine) => JSON.parse(on.run('kickback', 'status', '--json').stdout || '{}')
const follows = (node: Machine, master: string) => (): boolean => {
  const { state, master: followed } = statusOf(node).following ?? {}
  return state === 'following' && followed === `${master}:3045`
}

t.test('a node and its two masters', { timeout: 600_000 }, async (t) => {
  const dir = folder(t)
  chmodSync(dir, 0o755)
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  const config = join(dir, 'examples/config')
  appendFileSync(config, `interface br0 ${FIRST} 255.255.255.0\nmasterorder 0-31 ${FIRST} ${SECOND}\n`)
  const hub = await machine(t, 'hub')
  const [first, second] = [await machine(t, 'first'), await machine(t, 'second')]
  const node = await machine(t, 'n15')
  connect(
    [hub, '10.20.30.254/24'],
    [
      [first, `${FIRST}/24`],
      [second, `${SECOND}/24`],
      [node, '10.20.30.115/24'],
    ],
  )
  installModule(node)
  const accounts = ['passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, join(dir, 'examples', name)])
  const serve = (on: Machine) => on.start('kickback', 'serve', '--config', config, ...accounts)
  let one = serve(first)
  await until(() => first.run('kickback', 'status').code === 0, 'the first answers')
  second.must('mkdir -p /var/lib/kickback')
  for (const file of ['/var/lib/kickback/signing.key', '/var/lib/kickback/signing.pub'])
    second.must(`umask 077; echo '${first.must(`cat ${file}`)}' > ${file}`)
  serve(second)
  await until(() => second.run('kickback', 'status').code === 0, 'the second answers')

  const key = join(dir, 'cluster.pub')
  writeFileSync(key, first.must('cat /var/lib/kickback/signing.pub'))
  node.start('kickback', 'proxy', '--master', `${FIRST}:3045`, '--key', key)
  await until(follows(node, FIRST), 'the node follows the first')
  const knows = (user: string): boolean => node.run('getent', 'passwd', user).code === 0

  t.test('the settings name the first alone, and the masterorder the second', async (t) => {
    t.same(
      statusOf(node).following.masters.map(({ master }: { master: string }) => master),
      [`${FIRST}:3045`, `${SECOND}:3045`],
    )
  })

  t.test('the first is killed: the node follows the second, and all look-ups are answered', async (t) => {
    one.kill('SIGKILL')
    await until(() => {
      t.ok(knows('ada'))
      return follows(node, SECOND)()
    }, 'it follows the second')
    t.match(node.run('getent', 'hosts', 'master').stdout, /^10\.20\.30\.2 /, 'which is its master')
  })

  if (!isLong) return

  t.test('the second is stopped as well: the node is out of touch, and says since when', async (t) => {
    const pid = statusOf(second).pid
    second.must(`kill -STOP ${pid}`)
    await until(() => statusOf(node).following?.state === 'searching', 'it is noticed')
    t.match(node.run('kickback', 'status'), {
      code: 3,
      stdout:
        /OUT OF TOUCH [\s\S]*10\.20\.30\.2:3045 (lost|trying).*\n(.*\n)*data {9}a master was in step with it \d+ second/,
    })
    t.ok(knows('ada'))
    t.equal(node.run('getent', 'hosts', 'self').stdout, '10.20.30.115    n15\n')
    t.match(node.run('getent', 'hosts', 'master').stdout, /^10\.20\.30\.1 /, 'the first choice, as nobody lives')
    second.must(`kill -CONT ${pid}`)
    await until(follows(node, SECOND), 'it is followed again')
  })

  t.test('the first is back: the node follows it again when it has stayed', async (t) => {
    one = serve(first)
    await until(follows(node, FIRST), 'it follows the first again', BACK)
    t.ok(knows('ada'))
  })

  t.test('the link of the first is cut without a word: the node follows the second', async (t) => {
    hub.must('ip link set port0 down')
    await until(follows(node, SECOND), 'it follows the second')
    hub.must('ip link set port0 up')
    await until(follows(node, FIRST), 'and the first when its link is back', 2 * BACK)
    t.ok(knows('ada'))
  })
})
