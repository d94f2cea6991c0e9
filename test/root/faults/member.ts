/** A machine of the cluster with its daemon, its cable and its clock; a node has a witness too. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readSnapshot } from '../../../src/kickback/files/folders.ts'
import { hex } from '../../../src/values/index.ts'
import type { Machine } from '../machine.ts'
import { fileOn } from './accounts.ts'
import type { Cable } from './cable.ts'
import { compiled } from './programs.ts'
import { Service } from './service.ts'
import { Witness } from './witness.ts'

/** The folders of a daemon, each with a disk of its own, and how large that is. */
const DISKS = { master: '16m', node: '1m' } as const
const FOLDERS = ['/run/kickback', '/var/lib/kickback'] as const

/** What a member is made of. */
interface MemberParts {
  readonly machine: Machine
  readonly address: string
  readonly role: 'master' | 'node'
  readonly cable: Cable
  /** The main file of the last release's program. */
  readonly earlier: string
  /** A folder for its clock. */
  readonly folder: string
}

/** One machine of the cluster. */
export class Member {
  readonly machine: Machine
  readonly address: string
  readonly role: 'master' | 'node'
  readonly cable: Cable
  readonly service: Service
  readonly #clock: string
  readonly #earlier: string
  #isEarlier = false
  #witness: Witness | undefined

  constructor({ machine, address, role, cable, earlier, folder }: MemberParts) {
    this.machine = machine
    this.address = address
    this.role = role
    this.cable = cable
    this.#earlier = earlier
    this.#clock = join(folder, `clock-${machine.name}`)
    writeFileSync(this.#clock, new Uint8Array(8))
    for (const disk of FOLDERS)
      machine.must(`mkdir -p ${disk} && mount -t tmpfs -o size=${DISKS[role]},mode=755 none ${disk}`)
    this.service = new Service(machine, () => this.#command())
  }

  get name(): string {
    return this.machine.name
  }

  /** What looks names up here; undefined on a master. */
  get witness(): Witness | undefined {
    return this.#witness
  }

  /** Looks names up from now on. */
  watch(): Witness {
    this.#witness = new Witness(this.machine)
    return this.#witness
  }

  /** Its daemon is that of the last release from its next start on, or that of today. */
  useEarlier(isEarlier: boolean): void {
    this.#isEarlier = isEarlier
  }

  /** Puts the wall clock of its daemon so many seconds ahead. */
  putAhead(seconds: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(seconds))
    const file = openSync(this.#clock, 'r+')
    writeSync(file, bytes, 0, bytes.length, 0)
    closeSync(file)
  }

  /** Fills both of its disks. */
  fill(): void {
    for (const disk of FOLDERS)
      this.machine.must(`dd if=/dev/zero of=${disk}/filler bs=4096 status=none 2>/dev/null || :`)
  }

  /** The opposite of `fill`. */
  empty(): void {
    for (const disk of FOLDERS) this.machine.must(`rm -f ${disk}/filler`)
  }

  /** Ends all that runs here at once, and empties /run. */
  async powerCut(): Promise<void> {
    this.#witness?.kill()
    await this.service.cutOff()
    this.machine.must('rm -rf /run/kickback/* /run/kickback/.[!.]*')
  }

  /** The digests of the snapshots that are at the places of the module, run dir first; a word where there is none. */
  async digests(): Promise<readonly string[]> {
    const found = FOLDERS.map((disk) => readSnapshot(fileOn(this.machine, `${disk}/snapshot.1`)))
    return (await Promise.all(found)).map((one) =>
      one.snapshot === undefined ? `none ${one.reason ?? ''}` : hex(one.snapshot.digest),
    )
  }

  #command(): readonly string[] {
    const program = this.#isEarlier ? [process.execPath, this.#earlier] : ['kickback']
    const clock = [`LD_PRELOAD=${compiled(join(import.meta.dirname, 'clock.c'), true)}`, `FAULTS_CLOCK=${this.#clock}`]
    return ['env', ...clock, ...program, this.role === 'master' ? 'serve' : 'proxy']
  }
}
