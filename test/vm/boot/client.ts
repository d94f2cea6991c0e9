/** A machine without an operating system, that boots from the network: QEMU with the firmware of a PC, on the switch of a test. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
import type { Machine } from '../../root/machine.ts'
import type { Accelerator } from '../accelerator.ts'

/** How a machine begins. */
export type Firmware = 'bios' | 'uefi'

/** What a machine is made of. */
export interface ClientOptions {
  /** The machine that holds the switch, `br0`. */
  readonly hub: Machine
  readonly firmware: Firmware
  readonly mac: string
  /** The image of its disk, which is booted after the network; a machine without a disk has none. */
  readonly disk?: string | undefined
  readonly accelerator: Accelerator
  /** More options of QEMU. */
  readonly more?: readonly string[]
}

/** How long a boot may take, in milliseconds: without KVM it is a minute, on a busy machine more. */
const PATIENCE = 600_000

/** Escape sequences of a terminal, and what is no letter, in what a console shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is taken out.
const UNREADABLE = /\u001b\[[0-9;=?]*[A-Za-z]|[^\x20-\x7e\n]/g

let count = 0

/** A machine that was switched on. It goes off with the test; one of a test that fails shows its console. */
export class BootClient {
  readonly #qemu: ChildProcess
  readonly #tap: string
  readonly #hub: Machine
  readonly #ended: Promise<unknown>
  #written = ''

  private constructor(hub: Machine, tap: string, words: readonly string[]) {
    this.#hub = hub
    this.#tap = tap
    this.#qemu = hub.start('setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words)
    for (const stream of [this.#qemu.stdout, this.#qemu.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.#written += bytes.toString('latin1')
      })
    this.#ended = once(this.#qemu, 'exit')
  }

  /** Switches one on. Its disk is written to: give it a copy. */
  static powerOn(t: Test, options: ClientOptions): BootClient {
    const tap = `tap${count++}`
    options.hub.must(`ip tuntap add ${tap} mode tap && ip link set ${tap} master br0 up`)
    const client = new BootClient(options.hub, tap, wordsOf(t, tap, options))
    t.teardown(async () => {
      if (!t.passing()) t.comment(client.console.slice(-4000))
      await client.cut()
    })
    return client
  }

  /** What its screen shows, as it came over the serial line. */
  get console(): string {
    return this.#written.replaceAll('\r', '\n').replaceAll(UNREADABLE, '')
  }

  /** Waits until its screen shows something. */
  async says(pattern: RegExp): Promise<void> {
    const isOn = (): boolean => this.#qemu.exitCode === null && this.#qemu.signalCode === null
    const has = (): boolean => {
      if (pattern.test(this.console)) return true
      if (!isOn()) throw new Error(`the machine went off and did not say ${pattern}:\n${this.console.slice(-4000)}`)
      return false
    }
    await until(has, `the machine says ${pattern}`, PATIENCE)
  }

  /** Waits until it has switched itself off, and gives all that it showed. */
  async ended(): Promise<string> {
    const isOff = (): boolean => this.#qemu.exitCode !== null || this.#qemu.signalCode !== null
    await until(isOff, 'the machine switches itself off', PATIENCE)
    this.#unplug()
    return this.console
  }

  /** The power fails. */
  async cut(): Promise<void> {
    if (this.#qemu.exitCode === null && this.#qemu.signalCode === null) {
      this.#qemu.kill('SIGKILL')
      await this.#ended
    }
    this.#unplug()
  }

  #unplug(): void {
    this.#hub.run('ip', 'link', 'del', this.#tap)
  }
}

function wordsOf(t: Test, tap: string, { firmware, mac, disk, accelerator, more = [] }: ClientOptions): string[] {
  return [
    ...accelerator.options,
    ...['-m', '512', '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
    ...['-device', 'isa-debug-exit,iobase=0x501,iosize=2'],
    ...['-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`],
    ...(firmware === 'bios' ? bios(mac) : uefi(t, mac)),
    ...(disk === undefined
      ? []
      : ['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-pci,drive=disk,bootindex=2']),
    ...more,
  ]
}

/** The PXE of a network card is iPXE here, as it is in QEMU's ROMs; a BIOS without graphics shows its screen on the serial line. */
function bios(mac: string): string[] {
  return ['-machine', 'pc,graphics=off', '-device', `virtio-net-pci,netdev=net,mac=${mac},bootindex=1`]
}

/** The PXE of UEFI is that of the firmware: the card has no ROM. With IPv6 the firmware would wait a minute for a server of it. */
function uefi(t: Test, mac: string): string[] {
  const variables = join(folder(t), 'variables')
  copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd', variables)
  return [
    ...['-machine', 'q35', '-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=no'],
    ...['-drive', 'if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd'],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
    ...['-device', `virtio-net-pci,netdev=net,mac=${mac},romfile=,bootindex=1`],
  ]
}
