// Several masters of one cluster, and a node, as real daemons on loopback: who wins, who waits, and what status says.
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Running, Scratch } from '../cli/scratch.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

const FILES = ['config', 'passwd', 'group', 'shadow', 'login.defs'] as const
const FIRST = '127.1.0.2'
const SECOND = '127.1.0.3'
/** Long ago, but after 2020. */
const OLD = 1_700_000_000

/** A machine of its own: files, run dir and state dir. */
class Machine {
  readonly scratch: Scratch
  readonly address: string
  readonly port: number

  constructor(t: Test, address: string, port: number) {
    this.scratch = new Scratch(t)
    this.address = address
    this.port = port
    const masters = `masterorder 0-3 ${FIRST} ${SECOND}\nserver beonss ${port}\n`
    this.scratch.write('config', `nodes 4\niprange 10.20.30.100 10.20.30.103\n${masters}`)
    for (const name of FILES) utimesSync(this.scratch.path(name), OLD, OLD)
  }

  /** Starts a master here. */
  async serve(): Promise<Running> {
    const { scratch, address, port } = this
    const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
    const daemon = scratch.start(['serve', ...scratch.files, ...folders, '--listen', `${address}:${port}`])
    await daemon.logged('ready')
    return daemon
  }

  /** Starts a proxy here that asks these masters. */
  async follow(masters: readonly string[], key: string): Promise<Running> {
    const { scratch, port } = this
    const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
    const asked = masters.flatMap((master) => ['--master', `${master}:${port}`])
    const daemon = scratch.start(['proxy', ...asked, '--key', key, ...folders])
    await daemon.logged('started')
    return daemon
  }

  /** Copies the files of another machine here as rsync -t does, each with its time at once; also its key where `withKey`. */
  copyFrom(other: Machine, withKey = false): void {
    for (const name of FILES) {
      const copy = this.scratch.path(`${name}.copy`)
      copyFileSync(other.scratch.path(name), copy)
      const { atimeMs, mtimeMs } = statSync(other.scratch.path(name))
      utimesSync(copy, atimeMs / 1000, mtimeMs / 1000)
      renameSync(copy, this.scratch.path(name))
    }
    if (!withKey) return
    mkdirSync(this.scratch.path('state'), { recursive: true })
    for (const name of ['signing.key', 'signing.pub']) {
      copyFileSync(other.scratch.path(`state/${name}`), this.scratch.path(`state/${name}`))
    }
  }

  /** Adds a user, at a time in seconds. */
  addUser(name: string, uid: number, time: number): void {
    this.scratch.append('passwd', `${name}:x:${uid}:1000::/home/${name}:/bin/sh\n`)
    utimesSync(this.scratch.path('passwd'), time, time)
  }

  async status() {
    const { code, stdout } = await this.scratch.ask('status', '--json')
    return { code, ...JSON.parse(stdout) }
  }

  /** Whether a user is known here. */
  async knows(user: string): Promise<boolean> {
    return (await this.scratch.ask('query', 'passwd', user)).code === 0
  }
}

/** Two masters with equal files and one key, not started yet, and the machine of a node. */
async function cluster(t: Test) {
  const port = await freePort()
  const first = new Machine(t, FIRST, port)
  const second = new Machine(t, SECOND, port)
  await (await first.serve()).end()
  second.copyFrom(first, true)
  return { first, second, node: new Machine(t, '', port), key: first.scratch.path('state/signing.pub') }
}

/** The first of two masters has ended; the second one, and a node that followed both, run on. */
async function outage(t: Test) {
  const { first, second, node, key } = await cluster(t)
  const one = await first.serve()
  const other = await second.serve()
  const follower = await node.follow([FIRST, SECOND], key)
  await follower.logged('following')
  await one.end()
  return { first, second, node, other, follower }
}

t.test(
  'a master that returns takes up the number of the one that stood in for it, and gives way to newer content',
  async (t) => {
    const { first, second, node, other, follower } = await outage(t)
    second.addUser('newcomer', 4321, OLD + 100)
    await other.logged('reload published', 2)
    await follower.logged('took a generation', 2)
    const { generation } = await second.status()
    const returned = await first.serve()
    await returned.logged('conflict: ')
    t.match(await first.status(), { code: 3, conflict: { generation, holders: [/./], time: OLD + 100, own_time: OLD } })
    await other.logged('another master has other content')
    const winner = await second.status()
    t.match(winner, { code: 3, conflict: undefined, masters: [{ state: 'answers', conflict: true }] })
    t.not(winner.masters[0].digest, winner.digest)
    t.match(
      (await second.scratch.ask('status')).stdout,
      /OTHER DATA .* it serves no nodes\n.*copy the right files to it/,
    )
    t.ok(await node.knows('newcomer'))
    first.copyFrom(second)
    await returned.logged('the conflict has ended')
    await other.logged('another master has the same content again')
    const [mine, theirs] = [await first.status(), await second.status()]
    t.match(mine, { code: 0, generation: theirs.generation, digest: theirs.digest })
  },
)

t.test(
  'a master that returns with the same content takes up the greater number, and its nodes have nothing to fetch',
  async (t) => {
    const { first, second, node, other, follower } = await outage(t)
    t.match(await second.scratch.ask('reload', '--force'), { code: 0 })
    const returned = await first.serve()
    await returned.logged('adopted the number of another master')
    const [mine, theirs] = [await first.status(), await second.status()]
    t.match(mine, { code: 0, generation: theirs.generation, digest: theirs.digest, conflict: undefined })
    await other.end()
    await follower.logged('following', 3)
    t.match(await node.status(), { code: 0, digest: mine.digest })
    t.equal(follower.stderr.split('took a generation').length - 1, 1)
  },
)

t.test('a master rebuilt from a backup never wins by itself: status says so, and force decides', async (t) => {
  const { first, node, key } = await cluster(t)
  const one = await first.serve()
  const backup = `${first.scratch.dir}.backup`
  t.teardown(() => rmSync(backup, { recursive: true, force: true }))
  cpSync(first.scratch.dir, backup, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !/\/run$/.test(path),
  })
  const follower = await node.follow([FIRST], key)
  await follower.logged('following')
  first.addUser('newcomer', 4321, OLD + 100)
  await follower.logged('took a generation', 2)
  const { generation } = await node.status()
  await one.end()
  rmSync(first.scratch.path('run'), { recursive: true })
  rmSync(first.scratch.path('state'), { recursive: true })
  cpSync(backup, first.scratch.dir, { recursive: true, preserveTimestamps: true, force: true })
  const rebuilt = await first.serve()
  await rebuilt.logged('conflict: ')
  t.match(await first.status(), { code: 3, conflict: { generation, reason: 'content' } })
  t.ok(await node.knows('newcomer'), 'the node keeps what it has')
  const { code, stdout } = await first.scratch.ask('status')
  t.equal(code, 3)
  t.match(
    stdout,
    /CONFLICT +node .* has generation \d+, other content, digest \w+, written .*\n.*kickback reload --force/,
  )
  t.match(await first.scratch.ask('reload', '--force'), { code: 0 })
  await follower.logged('took a generation', 3)
  t.notOk(await node.knows('newcomer'))
  t.match(await first.status(), { code: 0, conflict: undefined })
})

t.test('a master that was restored from a backup serves no nodes until it has met another master', async (t) => {
  const { first, second } = await cluster(t)
  const one = await first.serve()
  const folders = ['--run-dir', first.scratch.path('run'), '--state-dir', first.scratch.path('state')]
  const backup = first.scratch.path('backup')
  t.match(await first.scratch.run('backup', '--state-dir', first.scratch.path('state'), backup), {
    code: 0,
    stdout: /^\S+backup: \d+ files, \d+ bytes; it has the signing key, not the root key: keep it as safe as that\n$/,
  })
  t.equal(statSync(backup).mode & 0o7777, 0o600)
  t.match(await first.scratch.run('restore', ...folders, backup), {
    code: 1,
    stderr: /^kickback: nothing was restored: \S+ is in use by the daemon with process ID \d+: stop it first/,
  })
  const before = await first.status()
  await one.end()
  rmSync(first.scratch.path('state'), { recursive: true })
  t.match(await first.scratch.run('restore', ...folders, backup), { code: 0, stdout: /start the daemon/ })
  const restored = await first.serve()
  const doubtful = await first.status()
  t.match(doubtful, { code: 3, digest: before.digest, conflict: { reason: 'restored', own_digest: before.digest } })
  t.ok(doubtful.generation >= before.generation, 'its numbers do not go back')
  t.match(
    (await first.scratch.ask('status')).stdout,
    /CONFLICT +this master was restored from a backup of \S+Z, and no other master and no node was met since; no nodes are served\n.*kickback reload --force/,
  )
  await second.serve()
  await restored.logged('what was restored from a backup is no longer in doubt')
  await restored.logged('the conflict has ended')
  t.match(await first.status(), { code: 0, conflict: undefined })
  await restored.end()
  const again = await first.serve()
  t.match(await first.status(), { code: 0, conflict: undefined }, 'after a restart too')
  t.notMatch(again.stderr, 'conflict: ')
})

t.test('a backup is put over the state of another cluster by word alone', async (t) => {
  const [one, other] = [new Scratch(t), new Scratch(t)]
  for (const scratch of [one, other]) await (await scratch.serve()).end()
  const backup = one.path('backup')
  t.match(await one.run('backup', '--json', '--state-dir', one.path('state'), backup), {
    code: 0,
    stdout: /"files": \d+/,
  })
  const folders = ['--run-dir', other.path('run'), '--state-dir', other.path('state')]
  t.match(await other.run('restore', ...folders, backup), {
    code: 1,
    stderr: /^kickback: nothing was restored: \S+ has the key of another cluster than .*--other-cluster\n$/,
  })
  t.match(await other.run('restore', '--other-cluster', ...folders, backup), { code: 0 })
  t.equal(other.read('state/signing.key'), one.read('state/signing.key'))
  t.match(await other.run('backup', '--state-dir', other.path('nowhere'), other.path('backup')), {
    code: 1,
    stderr: /^kickback: no backup was written: .* is not the state dir of a master/,
  })
})

t.test(
  'two masters with different accounts of the same second: one number each, and one of them is in conflict',
  async (t) => {
    const { first, second, node, key } = await cluster(t)
    first.addUser('ours', 4321, OLD + 100)
    second.addUser('theirs', 4322, OLD + 100)
    const [one, other] = await Promise.all([first.serve(), second.serve()])
    await Promise.race([one.logged('conflict: '), other.logged('conflict: ')])
    const states = [await first.status(), await second.status()]
    t.equal(states.filter(({ conflict }) => conflict !== undefined).length, 1)
    const [winner, loser] = states[0].conflict === undefined ? [first, second] : [second, first]
    t.not(states[0].generation, states[1].generation)
    const follower = await node.follow([loser.address, winner.address], key)
    await follower.logged('following')
    t.equal((await node.status()).digest, (await winner.status()).digest)
  },
)

t.test('a change that is published stays on the nodes while the other master has a part of its files', async (t) => {
  const { first, second, node, key } = await cluster(t)
  const [one, other] = [await first.serve(), await second.serve()]
  const follower = await node.follow([FIRST, SECOND], key)
  await follower.logged('following')
  first.addUser('change', 4321, OLD + 100)
  await one.logged('reload published')
  await other.logged('conflict: ')
  await until(() => node.knows('change'))
  const { digest: before } = await second.status()
  second.addUser('part', 4322, OLD + 100)
  await until(async () => (await second.status()).digest !== before)
  const [whole, partial, follows] = [await first.status(), await second.status(), await node.status()]
  t.equal(whole.conflict, undefined)
  t.match(partial.conflict, { reason: 'content', generation: whole.generation })
  t.ok(partial.generation < whole.generation)
  t.equal(follows.digest, whole.digest)
  second.copyFrom(first)
  // The conflict has ended once the new generation has its number; it is served a moment later.
  await until(async () => (await second.status()).digest === whole.digest)
  t.equal((await second.status()).conflict, undefined)
  t.ok(await node.knows('change'))
})

t.test('a machine that is none of the masters of its configuration says so, and asks no other', async (t) => {
  const machine = new Machine(t, '127.0.0.1', await freePort())
  const daemon = await machine.serve()
  t.match(
    daemon.stderr,
    /the configuration names masters, but not this machine: .* add its address to the masterorder lines masters="127.1.0.2 127.1.0.3"/,
  )
  t.notMatch(daemon.stderr, 'another master does not answer')
})

t.test('masters and nodes with different keys are told of by both sides', async (t) => {
  const { first, second, node } = await cluster(t)
  rmSync(second.scratch.path('state'), { recursive: true })
  const one = await first.serve()
  const other = await second.serve()
  await Promise.all([one.logged('another master has another key'), other.logged('another master has another key')])
  t.match(await first.scratch.ask('status'), {
    code: 3,
    stdout: /master {7}127\.1\.0\.3:\d+ HAS ANOTHER KEY: it did not prove/,
  })
  const follower = await node.follow([FIRST], second.scratch.path('state/signing.pub'))
  await follower.logged('master is lost')
  t.match(await second.status(), { code: 3, masters: [{ state: 'other-key' }] })
  t.match(await node.status(), { code: 3 })
  if (process.geteuid?.() !== 0) return
  t.match(one.stderr, /<4>it believes another key than this master's, .*machine="?node 127\.0\.0\.1/)
  t.match(await first.scratch.ask('status'), { code: 3, stdout: /OTHER KEY {4}node 127\.0\.0\.1: / })
})

t.test('a node that gets another key keeps its data, until a master of that key gives other', async (t) => {
  const { first, second, node, key } = await cluster(t)
  rmSync(second.scratch.path('state'), { recursive: true })
  const one = await first.serve()
  const before = await node.follow([FIRST], key)
  await before.logged('following')
  await Promise.all([before.end(), one.end()])
  const other = await second.serve()
  await other.end()
  const otherKey = second.scratch.path('state/signing.pub')
  const after = await node.follow([SECOND], otherKey)
  t.match(after.stderr, /<4>the copy is signed by another key/)
  t.ok(await node.knows('ada'), 'no master answers, and its users are there')
  await second.serve()
  await after.logged('following')
  const file = node.scratch.path('run/snapshot.1')
  const isNew = async () => (await node.scratch.run('snapshot', 'verify', '--key', otherKey, file)).code === 0
  await until(isNew, 'the copy is of the new key')
})
