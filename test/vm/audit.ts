/** What the kernel has denied, as the audit log of a virtual machine has it. */
import { until } from '../patience.ts'
import { PATIENCE, type VirtualMachine } from './virtual-machine.ts'

/** One line of the log: SELinux or AppArmor denied something. */
export interface Denial {
  /** Who was denied it: the type of the domain under SELinux, the name of the profile under AppArmor. */
  readonly source: string
  /** What of: the type under SELinux, the name of a file under AppArmor. */
  readonly target: string
  /** The command's name. */
  readonly command: string
  readonly line: string
}

const LOG = '/var/log/audit/audit.log'

/** The audit log of a machine, from a moment on. */
export class Audit {
  readonly #machine: VirtualMachine
  #from = 0
  #marks = 0

  constructor(machine: VirtualMachine) {
    this.#machine = machine
  }

  /** What is logged from now on counts. */
  async begin(): Promise<void> {
    await this.#written()
    this.#from = Number(await this.#machine.must(`cat ${LOG} | wc -l`))
  }

  /** What was denied since. */
  async denials(): Promise<readonly Denial[]> {
    await this.#written()
    const lines = await this.#machine.must(`tail -n +${this.#from + 1} ${LOG}`)
    return lines.split('\n').flatMap((line) => denialOf(line) ?? [])
  }

  /** What was denied since that has to do with kickback: its programs were denied it, or its files and sockets were the target. */
  async ofKickback(): Promise<readonly string[]> {
    const denials = await this.denials()
    return denials.filter(isOurs).map(({ line }) => line)
  }

  /** Waits until all is in the file that the kernel has said so far. */
  async #written(): Promise<void> {
    const mark = `mark-${++this.#marks}-`
    await this.#machine.must(`auditctl -m ${mark}`)
    await until(
      async () => (await this.#machine.run(`grep -q ${mark} ${LOG}`)).code === 0,
      'the audit log is written',
      PATIENCE,
    )
  }
}

/** A line of the log as a denial; undefined where it is none. */
export function denialOf(line: string): Denial | undefined {
  const field = (name: string): string => new RegExp(`\\b${name}="?([^\\s"]+)`).exec(line)?.[1] ?? ''
  const typeOf = (context: string): string => context.split(':')[2] ?? ''
  const command = field('comm')
  if (/\bavc:\s+denied\b/.test(line))
    return { source: typeOf(field('scontext')), target: typeOf(field('tcontext')), command, line }
  if (/\bapparmor="DENIED"/.test(line)) return { source: field('profile'), target: field('name'), command, line }
  return undefined
}

/**
 * A thread of Node has the name MainThread until it has set its own. Of /proc the module reads two files; the rest is glibc's. There is no
 * dnsmasq but that of kickback-dhcp.service.
 */
function isOurs({ target, command, line }: Denial): boolean {
  if (command === 'dnsmasq') return true
  return line.includes('kickback') || command === 'MainThread' || (command === 'getent' && target.startsWith('proc'))
}
