// What the DNS and HTTP processes of a daemon that root started can read and do: the public snapshot and their ports, and nothing else.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Scratch } from '../cli/scratch.ts'
import { askUdp, query, rcodeOf } from '../dns/client.ts'
import { root } from '../end-to-end/served.ts'
import { freePort } from '../free-port.ts'

const NOBODY = 65534
const NET_BIND_SERVICE = 1n << 10n

/** A line of a process's status. */
function statusOf(pid: number, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]?.trim() ?? ''
}

/** Whether a process that is what this one is, in every respect that counts for files, can read a file. */
function canRead(pid: number, path: string): boolean {
  const [uid = ''] = statusOf(pid, 'Uid').split(/\s+/)
  const [gid = ''] = statusOf(pid, 'Gid').split(/\s+/)
  const groups = statusOf(pid, 'Groups').split(/\s+/).filter(Boolean)
  const others = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]
  const words = ['--reuid', uid, '--regid', gid, ...others, 'cat', path]
  return spawnSync('setpriv', words, { stdio: 'ignore' }).status === 0
}

/** Descriptors of a process that lead to files of the state dir or of private folders. */
function openSecrets(pid: number, scratch: Scratch): string[] {
  const names = spawnSync('ls', [`/proc/${pid}/fd`], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
  const targets = names.flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)]
    } catch {
      return []
    }
  })
  return targets.filter((path) => path.startsWith(scratch.path('state')) || path.includes('private'))
}

async function served(t: Test, program?: string): Promise<{ scratch: Scratch; pid: number; http: number }> {
  const scratch = new Scratch(t)
  chmodSync(scratch.dir, 0o755)
  const port = await freePort()
  const daemon = scratch.start(
    ['serve', ...scratch.flags, '--dns', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'],
    {},
    program,
  )
  await daemon.logged('ready')
  const reply = await askUdp(port, query('n15.cluster.internal', 'A'))
  t.equal(reply && rcodeOf(reply), 0, 'it answers')
  const { stdout } = await scratch.ask('status', '--json')
  const { dns_process: dns, http_process: http } = JSON.parse(stdout)
  const place = http.listening[0]
  t.equal((await fetch(`http://${place}/metrics`)).status, 200)
  return { scratch, pid: dns.pid, http: http.pid }
}

/** Everything that the process may not have. */
function isUnprivileged(t: Test, { scratch, pid }: { scratch: Scratch; pid: number }): void {
  for (const name of ['Uid', 'Gid']) t.same(new Set(statusOf(pid, name).split(/\s+/)), new Set([String(NOBODY)]), name)
  t.equal(statusOf(pid, 'Groups'), '', 'no group')
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
    t.equal(BigInt(`0x${statusOf(pid, set)}`) & ~NET_BIND_SERVICE, 0n, set)
  }
  const secrets = ['state/signing.key', 'state/private/shadow.1', 'run/private/shadow.1', 'state/sources/shadow']
  for (const secret of secrets) {
    readFileSync(scratch.path(secret))
    t.notOk(canRead(pid, scratch.path(secret)), secret)
  }
  t.ok(canRead(pid, scratch.path('run/snapshot.1')), 'what is public it can read: the check tells the two apart')
  t.same(openSecrets(pid, scratch), [])
  const memory = readFileSync(`/proc/${pid}/environ`, 'latin1') + readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  t.notMatch(memory, /shadow|signing/)
}

t.test(
  'the process of a daemon that root started is nobody, and can read neither signing key nor shadow',
  async (t) => {
    const { scratch, ...pids } = await served(t)
    for (const pid of Object.values(pids)) {
      isUnprivileged(t, { scratch, pid })
      t.equal(statusOf(pid, 'NoNewPrivs'), '1')
      t.equal(BigInt(`0x${statusOf(pid, 'CapBnd')}`) & ~NET_BIND_SERVICE, 0n, 'and never can again')
    }
  },
)

t.test('the control: the daemon itself is root and reads them', async (t) => {
  const { scratch } = await served(t)
  const { stdout } = await scratch.ask('status', '--json')
  const { pid } = JSON.parse(stdout)
  t.match(statusOf(pid, 'Uid'), /^0\s/)
  t.ok(canRead(pid, scratch.path('state/signing.key')))
})

t.test(
  'where nobody cannot read the program, the process gives its privileges up once it has its sockets',
  async (t) => {
    const home = new Scratch(t).path('home')
    mkdirSync(home, { mode: 0o700 })
    cpSync(join(root, 'dist'), join(home, 'dist'), { recursive: true })
    cpSync(join(root, 'build/page'), join(home, 'build/page'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
    cpSync(join(root, 'package.json'), join(home, 'package.json'))
    const { scratch, ...pids } = await served(t, join(home, 'dist/cli/main.js'))
    for (const pid of Object.values(pids)) isUnprivileged(t, { scratch, pid })
  },
)

t.test('a user that there is not is an error at the start, before anything is published', async (t) => {
  const scratch = new Scratch(t)
  const flags = [...scratch.flags, '--dns', `127.0.0.1:${await freePort()}`]
  t.match(await scratch.run('serve', ...flags, '--dns-user', 'nosuch'), {
    code: 1,
    stderr: /DNS is to run as user nosuch, .* name another: --dns-user/,
  })
  for (const path of ['run/snapshot.1', 'state/snapshot.1', 'run/socket']) t.notOk(existsSync(scratch.path(path)), path)
})
