/** One virtual machine: Debian with a kernel of its own, for what containers can't have, as a security module that enforces. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Outcome } from '../end-to-end/served.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { outcomeOf } from '../machines/outcome.ts'
import { until } from '../patience.ts'
import { type Accelerator, accelerator } from './accelerator.ts'
import { debianImage, type Image } from './image.ts'

/** What a virtual machine is made of. */
export interface VirtualMachineOptions {
  /** What the kernel is told beside its root, as `security=selinux`. */
  readonly kernel: string
  /** Files of this machine that are in the folder /mnt of that one. */
  readonly files: readonly string[]
}

/** How long a boot, a command, and what is waited for may take, in milliseconds: without KVM everything takes ten times as long, on a busy machine more. */
export const PATIENCE = 900_000

/** What a kernel is told for a processor that QEMU translates: on a busy machine it may find that its timer does not work, and panic. */
export const PATIENT = 'no_timer_check'

/** The environment of commands here. The test runner puts its hooks into every child: they are nothing to QEMU and ssh. */
const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }

/** A virtual machine that runs. It ends with the test, and what it wrote with it. */
export class VirtualMachine {
  readonly #image: Image
  readonly #accelerator: Accelerator
  readonly #options: VirtualMachineOptions
  readonly #folder: string
  readonly #port: number
  #qemu: ChildProcess | undefined
  #session: ChildProcess | undefined
  #console = ''

  private constructor(image: Image, options: VirtualMachineOptions, place: string, port: number) {
    this.#image = image
    this.#accelerator = accelerator(image.kernel)
    this.#options = options
    this.#folder = place
    this.#port = port
  }

  /** Switches a new one on, and waits until systemd has started all that it is to start. A test that fails shows its console. */
  static async boot(t: Test, options: VirtualMachineOptions): Promise<VirtualMachine> {
    const machine = new VirtualMachine(debianImage(), options, folder(t), await freePort())
    t.teardown(() => machine.#end(t))
    machine.#makeDisks()
    machine.#powerOn()
    await machine.#connect()
    await machine.must('mkdir -p /mnt && tar -xf /dev/vdb -C /mnt')
    return machine
  }

  /** Runs a line of shell to its end, as root or as a user who logs in (sshd does both). */
  run(line: string, stdin: string | Uint8Array = ''): Promise<Outcome> {
    const child = spawn('ssh', [...this.#login(), line], { env: ENVIRONMENT, timeout: PATIENCE })
    return outcomeOf(child, stdin)
  }

  /** Runs a line of shell as root, and gives what it printed. Rejects with what it complained of where it fails. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line)
    if (code !== 0) throw new Error(`${line}: exit code ${code}: ${stderr}${stdout}`)
    return stdout
  }

  /** Writes a file, whose folder is made. */
  async put(path: string, content: string): Promise<void> {
    const { code, stderr } = await this.run(`mkdir -p "$(dirname ${path})" && cat >${path}`, content)
    if (code !== 0) throw new Error(`${path}: ${stderr}`)
  }

  /**
   * Shuts down in good order, and boots again, by another QEMU: one that was reset took minutes, without KVM, until its kernel said
   * its first word.
   */
  async reboot(): Promise<void> {
    const ended = [this.#session, this.#qemu].map((child) => child && once(child, 'exit'))
    await this.run('systemctl reboot')
    await Promise.all(ended)
    this.#powerOn()
    await this.#connect()
  }

  /** The disk of the image, to write to, and one with the files. */
  #makeDisks(): void {
    execFileSync('cp', ['--sparse=always', '--reflink=auto', this.#image.disk, join(this.#folder, 'disk')])
    const handed = join(this.#folder, 'files')
    execFileSync('tar', ['--transform', 's,.*/,,', '-cPf', handed, ...this.#options.files])
  }

  #powerOn(): void {
    const { name, options } = this.#accelerator
    const disk = (file: string, access: string): string[] => ['-drive', `file=${file},format=raw,if=virtio,${access}`]
    const append = `root=/dev/vda rw rootfstype=ext4 console=ttyS0 net.ifnames=0 panic=-1 ${PATIENT} modprobe.blacklist=kvm ${this.#options.kernel}`
    const words = [
      ...options,
      ...['-no-reboot', '-nodefaults', '-no-user-config', '-display', 'none'],
      ...['-machine', 'q35', '-smp', '2', '-m', '1024'],
      ...disk(join(this.#folder, 'disk'), 'cache=unsafe'),
      ...disk(join(this.#folder, 'files'), 'readonly=on'),
      ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${this.#port}-:22`],
      ...['-device', 'virtio-net-pci,netdev=net', '-device', 'virtio-rng-pci', '-serial', 'stdio'],
      ...['-kernel', this.#image.kernel, '-initrd', this.#image.initrd, '-append', append],
    ]
    // With its parent it ends too.
    const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#qemu = qemu
    this.#console += `by ${name}\n`
    for (const stream of [qemu.stdout, qemu.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#console += bytes.toString()
      })
    }
    qemu.once('exit', () => {
      this.#qemu = undefined
    })
  }

  /** Waits until it can be logged in, by one connection that all commands share, and until all has been started. */
  async #connect(): Promise<void> {
    await until(() => this.#isConnected(), 'the virtual machine lets root in', PATIENCE)
    await this.run('systemctl is-system-running --wait')
  }

  async #isConnected(): Promise<boolean> {
    if (this.#qemu === undefined) throw new Error(`the virtual machine went off:\n${this.#console}`)
    // What a connection left that was cut off.
    rmSync(join(this.#folder, 'session'), { force: true })
    const lasting = ['-o', 'ControlMaster=yes', '-o', 'PermitLocalCommand=yes', '-o', 'LocalCommand=echo ready', '-N']
    const words = ['-p', String(this.#port), '-i', this.#image.key, ...lasting, 'root@127.0.0.1']
    const session = spawn('ssh', [...this.#sshOptions(), ...words], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const isReady = once(session.stdout, 'data').then(() => true)
    const isOver = once(session, 'exit').then(() => false)
    if (!(await Promise.race([isReady, isOver]))) return false
    this.#session = session
    return true
  }

  #sshOptions(): readonly string[] {
    const lasting = ['ConnectTimeout=60', 'ServerAliveInterval=60', 'ServerAliveCountMax=10']
    const trusting = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes']
    const options = [...lasting, ...trusting].flatMap((option) => ['-o', option])
    return ['-F', 'none', '-S', join(this.#folder, 'session'), ...options]
  }

  /** By the connection that is there, or not at all. */
  #login(): readonly string[] {
    return [...this.#sshOptions(), '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false', 'root@127.0.0.1']
  }

  async #end(t: Test): Promise<void> {
    if (!t.passing()) t.comment(this.#console.slice(-8000))
    for (const child of [this.#session, this.#qemu]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}
