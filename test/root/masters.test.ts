// Two masters with files of their own and a node, on machines of their own: who they are, a conflict, a restored backup, and all of them gone.
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../patience.ts'
import { type Example, example } from './example.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const [FIRST, SECOND] = ['10.20.30.1', '10.20.30.2']
const NODE = { address: '10.20.30.115', companion: '10.21.30.115' } as const
const LINES = `nodename n%N
nodename n%N-ipmi 0.1.0.0
interface br0 ${FIRST} 255.255.255.0
masterorder 0-31 ${FIRST} ${SECOND}
`
/** How long something may take that is tried again after half a minute, in milliseconds. */
const AGAIN = 120_000

const statusOf = (m: Machine) => JSON.parse(m.run('kickback', 'status', '--json').stdout || '{}')
const hasConflict = (m: Machine): boolean => statusOf(m).conflict !== undefined
const knows = (m: Machine, user: string): boolean => m.run('getent', 'passwd', user).code === 0
const host = (m: Machine, name: string): string => m.run('getent', 'hosts', name).stdout
const follows = (node: Machine, master: string): boolean => {
  const { state, master: followed } = statusOf(node).following ?? {}
  return state === 'following' && followed === `${master}:3045`
}

/** A master, and the files that it reads. */
class Master {
  readonly on: Machine
  readonly files: Example
  #daemon: ReturnType<Machine['start']> | undefined

  constructor(t: Test, on: Machine) {
    this.on = on
    this.files = example(t, LINES)
  }

  /** The words of a command that reads its files. */
  command(name: string): readonly [string, ...string[]] {
    return ['kickback', name, '--config', this.files.config, ...this.files.accounts]
  }

  async start(): Promise<void> {
    this.#daemon = this.on.start(...this.command('serve'))
    await until(() => [0, 3].includes(this.on.run('kickback', 'status').code), `${this.on.name} answers`)
  }

  /** Stops it, as systemctl does. */
  async stop(): Promise<void> {
    this.#daemon?.kill('SIGTERM')
    await until(() => this.#daemon?.exitCode === 0, `${this.on.name} ends`)
  }

  /** Copies the files of another master, with their times. */
  copyFrom({ files }: Master): void {
    this.on.must(`cp -p '${files.dir}'/examples/* '${this.files.dir}/examples/'`)
  }

  addUser(name: string, uid: number): void {
    appendFileSync(join(this.files.dir, 'examples/passwd'), `${name}:x:${uid}:1000::/home/${name}:/bin/sh\n`)
  }
}

/** Two masters that run, with one key and equal files, and a node that is to follow them. */
async function site(t: Test) {
  const [first, second] = [new Master(t, await machine(t, 'first')), new Master(t, await machine(t, 'second'))]
  const node = await machine(t, 'n15')
  connect(
    [await machine(t, 'hub'), '10.20.30.254/24'],
    [
      [first.on, `${FIRST}/24`],
      [second.on, `${SECOND}/24`],
      [node, `${NODE.address}/24`],
    ],
  )
  installModule(node)
  second.copyFrom(first)
  await first.start()
  second.on.must('mkdir -p /var/lib/kickback')
  for (const file of ['/var/lib/kickback/signing.key', '/var/lib/kickback/signing.pub'])
    second.on.must(`umask 077; echo '${first.on.must(`cat ${file}`)}' > ${file}`)
  await second.start()
  const key = join(first.files.dir, 'cluster.pub')
  writeFileSync(key, first.on.must('cat /var/lib/kickback/signing.pub'))
  chmodSync(key, 0o644)
  const follow = () => node.start('kickback', 'proxy', '--master', `${FIRST}:3045`, '--key', key)
  return { first, second, node, follow }
}

t.test('two masters and a node', { timeout: 600_000 }, async (t) => {
  const { first, second, node, follow } = await site(t)
  let proxy = follow()

  t.test('a second master needs no setting of its own', async (t) => {
    t.ok(statusOf(second.on).listening.includes(`${SECOND}:3045`), 'it listens on its own address')
    t.notMatch(second.on.run(...second.command('check')).stdout, /loopback-only/)
    t.match(node.run('kickback', 'query', '--server', `${SECOND}:3045`, 'hosts', 'self').stdout, /10\.20\.30\.115/)
    t.match(second.on.run('kickback', 'query', 'hosts', 'self').stdout, /10\.20\.30\.2 /, 'it knows itself')
    t.match(first.on.run('kickback', 'query', 'hosts', 'self').stdout, /10\.20\.30\.1 /)
  })

  t.test('they never make the same number', async (t) => {
    const numberAfterForce = (m: Machine): number => {
      m.run('kickback', 'reload', '--force')
      return statusOf(m).generation
    }
    const one = numberAfterForce(first.on)
    await until(() => statusOf(second.on).generation === one, 'the second asks the first, and takes up its number')
    t.not(one % 16, numberAfterForce(second.on) % 16)
  })

  t.test('the first is stopped: the node follows the second, which is its master then', async (t) => {
    await until(() => follows(node, FIRST), 'it follows the first')
    for (const name of ['self', '.-2', 'n-2']) t.match(host(node, name), /^10\.20\.30\.115 +n15$/m, name)
    for (const name of ['master', '.-1', 'n-1']) t.match(host(node, name), /^10\.20\.30\.1 +master0$/m, name)
    await first.stop()
    await until(() => follows(node, SECOND), 'it follows the second')
    for (const name of ['master', '.-1', 'n-1']) t.match(host(node, name), /^10\.20\.30\.2 +master1$/m, name)
    second.addUser('newcomer', 4321)
    await until(() => knows(node, 'newcomer'), 'what is new there comes to the node')
  })

  t.test('the first is back with older files: both sides show the conflict until it has the files', async (t) => {
    await first.start()
    await until(() => hasConflict(first.on), 'the first knows')
    t.match(first.on.run('kickback', 'status'), { code: 3, stdout: /CONFLICT [\s\S]*kickback reload --force/ })
    await until(() => /HAS OTHER CONTENT/.test(second.on.run('kickback', 'status').stdout), 'the second is told', AGAIN)
    t.match(second.on.run('kickback', 'status'), { code: 3, stdout: /10\.20\.30\.1:3045 .*HAS OTHER CONTENT/ })
    t.ok(follows(node, SECOND), 'the node stays where it is')
    t.ok(knows(node, 'newcomer'))
    first.copyFrom(second)
    await until(() => first.on.run('kickback', 'status').code === 0, 'the conflict has ended')
    await until(() => second.on.run('kickback', 'status').code === 0, 'on both sides', AGAIN)
    t.equal(statusOf(first.on).digest, statusOf(second.on).digest)
  })

  t.test('a restored master serves no nodes until it has met another machine', async (t) => {
    first.on.must('kickback backup /run/first.backup')
    await first.stop()
    first.on.must('ip link set eth0 down && rm -rf /var/lib/kickback/*')
    t.match(first.on.run('kickback', 'restore', '/run/first.backup'), { code: 0 })
    await first.start()
    t.match(first.on.run('kickback', 'status'), { code: 3, stdout: /CONFLICT +this master was restored from a backup/ })
    t.match(first.on.run('kickback', 'query', 'passwd', 'newcomer'), { code: 0 }, 'its own machine has answers')
    first.on.must('ip link set eth0 up')
    await until(() => !hasConflict(first.on), 'it has met the second, or the node', AGAIN)
  })

  t.test('all masters are gone: look-ups go on, with the proxy, without it, and through a reboot', async (t) => {
    await Promise.all([first.stop(), second.stop()])
    await until(() => statusOf(node).following?.state === 'searching', 'the node has lost them')
    const asks = (when: string): void => {
      t.ok(knows(node, 'newcomer'), when)
      t.match(host(node, 'self'), /^10\.20\.30\.115 +n15$/m, when)
      t.match(host(node, 'master'), /^10\.20\.30\.1 +master0$/m, `${when}: the first choice, as nobody lives`)
      t.equal(node.run('getent', 'hosts', 'nosuch').code, 2, when)
    }
    asks('with the proxy')
    t.match(node.run('kickback', 'status'), {
      code: 3,
      stdout: /OUT OF TOUCH .*, and the last one was \d+ second/,
    })
    proxy.kill('SIGTERM')
    await until(() => proxy.exitCode === 0, 'the proxy ends')
    asks('after systemctl stop')
    node.must('rm -rf /run/kickback')
    asks('after a reboot, before the proxy')
    t.match(node.run('kickback', 'status'), { code: 1 })
    node.must(`ip addr add ${NODE.companion}/24 dev eth0 && ip addr del ${NODE.address}/24 dev eth0`)
    asks('by the address of its companion')
    proxy = follow()
    await until(() => node.run('kickback', 'status').code === 3, 'the proxy answers')
    asks('by the same, with the proxy')
  })
})
