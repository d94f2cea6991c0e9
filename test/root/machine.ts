// A machine of its own on this one: a network and a mount namespace, kept by one process and gone with it. Its /etc,
// /var/lib and C library folder are overlays and its /run is empty, so nothing that is done to it shows outside.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Outcome, root, runIn } from '../end-to-end/served.ts'

/** A machine, its network still to be connected. */
export interface Machine {
  readonly name: string
  /** The process that keeps the namespaces. */
  readonly pid: number
  /** Runs a command on the machine, in /, to its end. */
  run(command: string, ...args: readonly string[]): Outcome
  /** Runs a line of shell on the machine and throws if it fails. */
  must(line: string): string
  /** Starts a command on the machine, with pipes; it is killed after the test. */
  start(command: string, ...args: readonly string[]): ChildProcessWithoutNullStreams
}

const setup = `
set -eu
mount --make-rprivate /
mount -t tmpfs none /mnt
for folder in /etc /var/lib "$1"; do
  mkdir -p "/mnt$folder/upper" "/mnt$folder/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=/mnt$folder/upper,workdir=/mnt$folder/work" "$folder"
done
mount -t tmpfs -o mode=755 none /run
hostname "$2"
ip link set lo up
echo ready
exec setpriv --pdeathsig KILL sleep infinity
`

/** The folder that holds this machine's own C library, where a module is installed. There may be others, for 32-bit programs. */
export function libraryFolder(): string {
  const { stdout } = runIn('/', process.env, 'cat', ['/proc/self/maps'])
  const path = / (\/\S+)\/libc[-.][^/]*$/m.exec(stdout)?.[1]
  if (path === undefined) throw new Error('cat(1) has no C library')
  return path
}

/** The environment of a machine: a plain one, where nothing points to the checkout but the path of commands. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: `${join(root, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C.UTF-8', HOME: '/root' }
}

/** Makes a machine; ends with the test. */
export async function machine(t: Test, name: string): Promise<Machine> {
  const args = ['--net', '--mount', '--uts', 'sh', '-c', setup, 'sh', libraryFolder(), name]
  const keeper = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => keeper.kill('SIGKILL'))
  await Promise.race([
    once(keeper.stdout, 'data'),
    once(keeper, 'exit').then(() => Promise.reject(new Error(`no ${name}`))),
  ])
  const pid = keeper.pid ?? 0
  const inside = ['-t', String(pid), '--net', '--mount', '--uts', '--wd=/', '--']
  const run = (command: string, ...rest: readonly string[]): Outcome =>
    runIn('/', plainEnvironment(), 'nsenter', [...inside, command, ...rest])
  return {
    name,
    pid,
    run,
    must: (line) => {
      const { code, stdout, stderr } = run('sh', '-c', line)
      if (code !== 0) throw new Error(`${name}: ${line}: ${stderr}`)
      return stdout
    },
    start: (command, ...rest) => {
      const child = spawn('nsenter', [...inside, command, ...rest], {
        env: plainEnvironment(),
        stdio: 'pipe',
      })
      t.teardown(() => child.kill('SIGKILL'))
      return child
    },
  }
}

/** Connects machines to a switch that `hub` holds, each with its address, as 10.20.30.1/24. */
export function connect(hub: readonly [Machine, string], others: readonly (readonly [Machine, string])[]): void {
  hub[0].must(`ip link add br0 type bridge && ip addr add ${hub[1]} dev br0 && ip link set br0 up`)
  for (const [index, [other, address]] of others.entries()) {
    hub[0].must(`ip link add port${index} type veth peer name eth0 netns ${other.pid}`)
    hub[0].must(`ip link set port${index} master br0 up`)
    other.must(`ip addr add ${address} dev eth0 && ip link set eth0 up`)
  }
}

/** Installs the module and a nsswitch.conf that asks `kickback` after the files, as on a real machine. */
export function installModule(target: Machine): void {
  target.must(`make -s -C '${join(root, 'src/nss')}' install LIBDIR='${libraryFolder()}'`)
  target.must(`cp '${join(root, 'packaging/nsswitch.conf')}' /etc/nsswitch.conf`)
  // The users of the machine that runs the test are not users of this one; nobody is, as on a real machine.
  for (const file of ['/etc/passwd', '/etc/group'])
    target.must(`sed -i -E '/^no(body|group):/!{/^[^:]*:[^:]*:[0-9]{4}/d}' ${file}`)
}
