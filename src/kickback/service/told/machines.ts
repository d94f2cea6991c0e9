/** How the machines of nodes are, as the nodes tell of them: for display, and nothing is decided by it. */
import type { Asker } from '../../../resolver/index.ts'
import { addressFromBytes, isLoopback } from '../../../values/index.ts'
import { type MachineReport, machineReport } from '../../wire/machine.ts'
import { TEXT_MAX } from '../../wire/protocol.ts'
import { clientText } from './client-text.ts'

/** How many different releases of kernels are kept once for all nodes: a cluster has a few. */
const KERNELS_MAX = 256

/** The connection of a node. */
interface Teller {
  readonly asker: Asker
  /** See Client: whether what it says of its machine is not any user's word. */
  readonly isRoot: boolean
}

/** What a client told, checked and bounded, in memory of its own. Throws MessageError if it makes no sense. */
export function toldMachine(told: unknown): MachineReport {
  const { uptime, load, cpus, memory, available, kernel, boot } = machineReport(told)
  const texts = { kernel: clientText(kernel, TEXT_MAX), boot: clientText(boot, TEXT_MAX) }
  return { uptime, load, cpus, memory, available, ...texts }
}

/** Remembers what each node told last, while it is connected: one report of a few hundred bytes for a connection. */
export class Machines {
  readonly #told = new Map<Teller, MachineReport>()
  readonly #kernels = new Map<string, string>()

  /** How many connections told. */
  get size(): number {
    return this.#told.size
  }

  /** What this connection told last. */
  of(client: Teller): MachineReport | undefined {
    return this.#told.get(client)
  }

  /** A node told how its machine is. It counts from root of the node, and from loopback, where no other machine can come from. */
  note(client: Teller, told: MachineReport): void {
    const { asker, isRoot } = client
    if (asker.via !== 'network') return
    if (isRoot || isLoopback(addressFromBytes(asker.address)))
      this.#told.set(client, { ...told, kernel: this.#shared(told.kernel) })
  }

  /** This connection has ended. */
  forget(client: Teller): void {
    this.#told.delete(client)
  }

  #shared(kernel: string): string {
    const known = this.#kernels.get(kernel)
    if (known === undefined && this.#kernels.size < KERNELS_MAX) this.#kernels.set(kernel, kernel)
    return known ?? kernel
  }
}
