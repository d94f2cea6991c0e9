/** The cable between a machine and the switch, and what can be wrong with it. */
import { once } from 'node:events'
import { join } from 'node:path'
import { lossRules } from '../../machines/loss.ts'
import type { Machine } from '../machine.ts'
import { compiled } from './programs.ts'

/** Cuts a line that tc(8) understands: what waits longer than the queue is lost. */
const rate = (device: string, bits: number): string =>
  `tc qdisc replace dev ${device} root tbf rate ${bits} burst 8192 limit 65536`
const noRate = (device: string): string => `tc qdisc del dev ${device} root 2>/dev/null || true`

/** One cable. Its end at the machine is eth0. */
export class Cable {
  readonly #hub: Machine
  readonly #machine: Machine
  readonly #port: string
  readonly #number: number
  #delaying: ReturnType<Machine['start']> | undefined

  /** The one with this number at the switch that `hub` holds. */
  constructor(hub: Machine, machine: Machine, number: number) {
    this.#hub = hub
    this.#machine = machine
    this.#number = number
    this.#port = `port${number}`
  }

  /** Cuts it without a word: no connection is closed. */
  cut(): void {
    this.#hub.must(`ip link set ${this.#port} down`)
  }

  /** The opposite of `cut`. */
  mend(): void {
    this.#hub.must(`ip link set ${this.#port} up`)
  }

  /** Loses this share of the packets, both ways. */
  lose(share: number): void {
    this.#machine.must(`printf '${lossRules(share).replaceAll('\n', '\\n')}' | nft -f -`)
  }

  /** Lets through so many bits a second, each way; 0: as many as there are. */
  slow(bits: number): void {
    for (const [on, device] of [
      [this.#machine, 'eth0'],
      [this.#hub, this.#port],
    ] as const)
      on.must(bits === 0 ? noRate(device) : rate(device, bits))
  }

  /** Keeps each packet for so many milliseconds, each way; 0: for none. */
  async delay(ms: number): Promise<void> {
    const [left, right] = [`late${this.#number}`, `later${this.#number}`]
    this.#delaying?.kill('SIGKILL')
    if (this.#delaying !== undefined) this.#hub.must(`ip link del ${left}; ip link set ${this.#port} master br0`)
    this.#delaying = undefined
    if (ms === 0) return
    this.#hub.must(
      `ip link add ${left} type veth peer name ${right} && ip link set ${left} up && ip link set ${right} master br0 up && ip link set ${this.#port} nomaster`,
    )
    const program = compiled(join(import.meta.dirname, 'delay.c'))
    this.#delaying = this.#hub.start(program, this.#port, left, String(ms))
    await once(this.#delaying.stdout, 'data')
  }
}
