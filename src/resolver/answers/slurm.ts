/** The nodes of a snapshot as lines of slurm.conf(5), with as few lines as host lists make it. */
import { formatAddress } from '../../values/index.ts'
import { HOST_KINDS } from '../format.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** A text with a number in it: what is before the digits, the digits, what is after. */
interface Numbered {
  readonly before: string
  readonly digits: string
  readonly after: string
}

/** A node as Slurm is told of it. */
interface SlurmNode {
  readonly name: ByteString
  readonly address: string
}

/** Nodes in a row: the numbers of names and addresses both go up by one. */
interface Row {
  readonly first: SlurmNode
  last: SlurmNode
  count: number
}

/** The longest row: a line of slurm.conf has bounds, and MAX_RANGE of a host list is larger. */
const ROW_MAX = 4096

/**
 * `NodeName=n[0-31] NodeAddr=10.20.30.[100-131]`, a line for nodes in a row, with its newline. The name is the canonical one up to its first
 * dot, as slurmd knows its machine; the address is the first of IPv4, else of IPv6. What Slurm has to know of processors and memory is
 * left to it (`slurmd -C`).
 */
export function* slurmLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  let row: Row | undefined
  for (const node of slurmNodes(snapshot)) {
    if (row !== undefined && continues(row, node)) {
      row.last = node
      row.count++
      continue
    }
    if (row !== undefined) yield rowLine(row)
    row = { first: node, last: node, count: 1 }
  }
  if (row !== undefined) yield rowLine(row)
}

function* slurmNodes(snapshot: Snapshot): Generator<SlurmNode, void, undefined> {
  for (const { kind, names, addresses } of snapshot.entries('hosts')) {
    const address = addresses.find(({ family }) => family === 4) ?? addresses[0]
    const name = names[0]?.split('.')[0]
    if (kind === HOST_KINDS.NODE && name !== undefined && address !== undefined) {
      yield { name, address: formatAddress(address) }
    }
  }
}

/** Whether a node is the next one of a row. Numbers keep their width: `n9` is followed by `n10`, and `n09` by `n10`. */
function continues({ last, count }: Row, { name, address }: SlurmNode): boolean {
  return (
    count < ROW_MAX &&
    isNext(numberedName(last.name), numberedName(name)) &&
    isNext(octet(last.address), octet(address))
  )
}

function isNext(was: Numbered | undefined, is: Numbered | undefined): boolean {
  if (was === undefined || is === undefined) return false
  const { before, digits, after } = was
  return before === is.before && after === is.after && is.digits === following(digits)
}

/** The next number, with as many digits where the first has leading zeros. */
function following(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.startsWith('0') && digits !== '0' ? digits.length : 0, '0')
}

/** The last number of a name; numbers that JavaScript can't count are none. */
function numberedName(name: string): Numbered | undefined {
  const [, before = '', digits = '', after = ''] = /^(.*?)(\d{1,9})(\D*)$/.exec(name) ?? []
  return digits === '' ? undefined : { before, digits, after }
}

/** The last octet of an IPv4 address. */
function octet(address: string): Numbered | undefined {
  const [, before = '', digits = ''] = /^(\d+\.\d+\.\d+\.)(\d+)$/.exec(address) ?? []
  return digits === '' ? undefined : { before, digits, after: '' }
}

function rowLine({ first, last, count }: Row): ByteString {
  if (count === 1) return `NodeName=${first.name} NodeAddr=${first.address}\n`
  const names = hostList(numberedName(first.name), numberedName(last.name))
  const addresses = hostList(octet(first.address), octet(last.address))
  return `NodeName=${names} NodeAddr=${addresses}\n`
}

/** `n[0-31]`, as scontrol(1) writes host lists. */
function hostList(first: Numbered | undefined, last: Numbered | undefined): string {
  return `${first?.before}[${first?.digits}-${last?.digits}]${first?.after}`
}
