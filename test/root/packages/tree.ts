/** A small Debian that packages are installed into: made once by mmdebstrap, and seen through an overlay that goes with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Outcome, runIn } from '../../end-to-end/served.ts'
import { missing } from '../../nss/programs.ts'

/** The release, and what it has beside the least Debian: nscd, and the policy of SELinux with its tools (see `withoutPolicy`). */
const RELEASE = 'bookworm'
const PACKAGES = ['libstdc++6', 'nscd', 'systemd', 'policycoreutils', 'selinux-utils', 'selinux-policy-default']
const TREE = `/var/cache/kickback-packages/${RELEASE}-1`

/** Why there can be no such tree here; false: there can. */
export function noTree(): string | false {
  if (process.geteuid?.() !== 0) return 'needs root'
  return missing('mmdebstrap', 'unshare', 'nsenter', 'dpkg')
}

/** The least Debian, which nobody writes to. */
function tree(): string {
  if (existsSync(TREE)) return TREE
  mkdirSync(join(TREE, '..'), { recursive: true })
  const growing = `${TREE}.new`
  rmSync(growing, { recursive: true, force: true })
  const apt = ['--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"']
  const words = ['--variant=minbase', '--mode=root', ...apt, `--include=${PACKAGES.join(',')}`, RELEASE, growing]
  const { status, stderr } = spawnSync('mmdebstrap', words, { encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) throw new Error(`mmdebstrap: ${stderr.slice(-2000)}`)
  renameSync(growing, TREE)
  return TREE
}

/** The overlay, what a machine has of the kernel, and no network; $1 is the tree, $2 the folder of the overlay. */
const SETUP = `
set -eu
mount --make-rprivate /
mount -t tmpfs none "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
mount -t tmpfs -o mode=755 none "$2/root/run"
mount --bind /dev "$2/root/dev"
ip link set lo up
echo ready
exec setpriv --pdeathsig KILL sleep infinity
`

/** A Debian of one test. */
export interface Debian {
  /** Its root, as commands see it that run beside it. */
  readonly path: string
  /** Runs a command inside, to its end. */
  run(command: string, ...args: readonly string[]): Outcome
  /** Runs a line of shell inside and gives what it prints; throws if it fails. */
  must(line: string): string
  /** Runs a line of shell beside it, where $ROOT is its root; throws if it fails. */
  beside(line: string, ...args: readonly string[]): string
  /** Starts a command inside; it is killed after the test. */
  start(command: string, ...args: readonly string[]): ChildProcess
}

/** Takes the policy of SELinux away, which takes ten seconds to link again: for tests that are about something else. */
export function withoutPolicy(target: Debian): Debian {
  target.must('rm -r /etc/selinux')
  return target
}

/** A Debian of its own; ends with the test, and all that it runs with it. */
export async function debian(t: Test): Promise<Debian> {
  const lower = tree()
  const place = mkdtempSync(join(tmpdir(), 'kickback-debian-'))
  const words = ['--mount', '--net', '--uts', '--pid', '--fork', '--kill-child', 'sh', '-c', SETUP, 'sh', lower, place]
  const keeper = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(keeper, 'exit')
  t.teardown(async () => {
    keeper.kill('SIGKILL')
    await ended
    rmSync(place, { recursive: true, force: true })
  })
  await Promise.race([once(keeper.stdout, 'data'), ended.then(() => Promise.reject(new Error('no tree')))])
  const { stdout } = runIn('/', process.env, 'pgrep', ['-P', String(keeper.pid)])
  const path = join(place, 'root')
  const enter = ['-t', stdout.trim(), '--mount', '--net', '--uts', '--pid']
  // The test runner puts its hooks into every child; there is no test runner in there.
  const inside = [...enter, '--', 'chroot', path, 'env', '-u', 'NODE_OPTIONS']
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
  }
  const run = (command: string, ...args: readonly string[]): Outcome =>
    runIn('/', env, 'nsenter', [...inside, command, ...args])
  const checked = (outcome: Outcome, line: string): string => {
    if (outcome.code !== 0) throw new Error(`${line}: ${outcome.stdout}${outcome.stderr}`)
    return outcome.stdout
  }
  return {
    path,
    run,
    must: (line) => checked(run('sh', '-c', line), line),
    beside: (line, ...args) =>
      checked(
        runIn('/', { ...env, ROOT: path }, 'nsenter', [
          ...enter,
          '--',
          'env',
          '-u',
          'NODE_OPTIONS',
          'sh',
          '-c',
          line,
          'sh',
          ...args,
        ]),
        line,
      ),
    start: (command, ...args) => {
      const child = spawn('nsenter', [...inside, command, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
      t.teardown(() => child.kill('SIGKILL'))
      return child
    },
  }
}
