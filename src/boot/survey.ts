/** What is wrong with all that a cluster boots. What many nodes have in common is told once. */
import { type Cluster, type Span, setText } from '../config/index.ts'
import { formatAddress } from '../values/index.ts'
import { DNSMASQ_MACS_MAX, type Lease, leasesOf } from './dhcp/leases.ts'
import { type DhcpNetwork, dhcpNetworks, type NamedNetwork, networkWith } from './dhcp/networks.ts'
import {
  type BootFault,
  type BootImage,
  imagesOf,
  lineFaults,
  type NodeFault,
  nodeFaults,
  nodeFaultText,
} from './faults.ts'
import { type BootPlan, BootPlans } from './plan.ts'

/** What boots, as far as the configuration shows it. Plain data. */
interface BootSurvey {
  /** In the order of their lines. */
  readonly faults: readonly BootFault[]
  /** The images that nodes are sent at their next boot, each once, in the order of their lines. */
  readonly images: readonly BootImage[]
  readonly outline: SurveyOutline
}

/** What has to be known of all machines to bring the survey up to date after a change of some (outlineAfter). Plain data. */
export interface SurveyOutline {
  /** Each shape once. */
  readonly shapes: readonly BootShape[]
  /** How many MACs get an address by DHCP. */
  readonly leases: number
}

/** What boot plans have in common whose faults are told once, for the first of them. */
export interface BootShape {
  readonly kind: BootPlan['next']['kind']
  /** The lines that decide the images and the command line; 0 where none does. */
  readonly lines: readonly number[]
  /** The first node whose plan has it. */
  readonly first: number
}

/** Nodes that share a fault, and the line of the first of them. */
interface Sharing {
  readonly numbers: number[]
  readonly span: Span
}

/** How much of a set of nodes is written out, in characters. */
const SET_MAX = 60

/** Looks at the boot plan of each node, and at the addresses that DHCP is to give, also in the networks that the settings name. */
export function surveyBoot(cluster: Cluster, named: readonly NamedNetwork[] = []): BootSurvey {
  const sharing = new Map<NodeFault, Sharing>()
  const lines = new Map<string, readonly BootFault[]>()
  const shapes: BootShape[] = []
  const images = new Map<string, BootImage>()
  for (const plan of new BootPlans(cluster).all()) {
    for (const code of nodeFaults(plan)) share(sharing, code, plan)
    const shape = shapeOf(plan)
    const key = shapeKey(shape)
    if (lines.has(key)) continue
    shapes.push(shape)
    lines.set(key, lineFaults(plan))
    for (const image of imagesOf(plan)) if (!images.has(image.path)) images.set(image.path, image)
  }
  const own = [...sharing].map(([code, { numbers, span }]) => {
    return { code, span, message: nodeFaultText(code, nodesText(numbers)) }
  })
  const leases = leasesOf(cluster)
  const faults = [...own, ...distinct([...lines.values()].flat()), ...leaseFaults(leases, dhcpNetworks(cluster, named))]
  const outline = { shapes, leases: leases.length }
  return { faults: inOrder(faults), images: inOrder([...images.values()]), outline }
}

function inOrder<T extends { readonly span: Span }>(found: readonly T[]): readonly T[] {
  return found.toSorted((one, other) => one.span.line - other.span.line)
}

function share(sharing: Map<NodeFault, Sharing>, code: NodeFault, { number, span }: BootPlan): void {
  const known = sharing.get(code)
  if (known === undefined) sharing.set(code, { numbers: [number], span })
  else known.numbers.push(number)
}

/** The shape of a plan: what the faults of its lines depend on. `first` is the node of this plan. */
export function shapeOf({ number, next, properties }: BootPlan): BootShape {
  const { kernelimage, initrdimage, kernelcommandline } = properties
  const lines = [kernelimage, initrdimage, kernelcommandline].map(({ span }) => span?.line ?? 0)
  return { kind: next.kind, lines, first: number }
}

/** A text that is the same for equal shapes, whichever node comes first. */
export function shapeKey({ kind, lines }: BootShape): string {
  return [kind, ...lines].join()
}

/** One line may be part of several plans. */
function distinct(faults: readonly BootFault[]): readonly BootFault[] {
  return [...new Map(faults.map((fault) => [`${fault.code} ${fault.span.line} ${fault.message}`, fault])).values()]
}

function nodesText(numbers: readonly number[]): string {
  if (numbers.length === 1) return `node ${numbers[0]}`
  const set = setText(numbers)
  if (set.length <= SET_MAX) return `nodes ${set}`
  return `${numbers.length} nodes, the first of them ${numbers[0]},`
}

/** What is wrong with the addresses that DHCP is to give. */
function leaseFaults(leases: readonly Lease[], networks: readonly DhcpNetwork[]): BootFault[] {
  const faults: BootFault[] = []
  const outside = leases.filter(({ address }) => networkWith(networks, address) === undefined)
  const [first] = outside
  // An interface line without an address has that of the machine, which the configuration does not show.
  if (first !== undefined && networks.length > 0) {
    const who = outside.length === 1 ? ' is' : ` and ${outside.length - 1} more are`
    const message = `${formatAddress(first.address)}${who} in the network of no interface line: DHCP gives no such address`
    faults.push({ code: 'boot-outside-networks', span: first.span, message })
  }
  const last = leases[DNSMASQ_MACS_MAX]
  if (last !== undefined) {
    const message = `${leases.length} MAC addresses are more than the ${DNSMASQ_MACS_MAX} that dnsmasq is given: use kickback export kea`
    faults.push({ code: 'boot-many-macs', span: last.span, message })
  }
  return faults
}
