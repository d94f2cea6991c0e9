/** The boot plan of a node: what it is sent when it boots next, and which lines of the configuration say so. */
import {
  type Acknowledgement,
  type BootProperty,
  type Cluster,
  type ClusterNode,
  type Span,
  stageAfter,
} from '../config/index.ts'
import { type Address, addressKey, type Mac, macKey } from '../values/index.ts'
import { DecidingLines } from './deciding-lines.ts'

/** A step of a boot sequence: an image from the network, or the disk of the node. */
type Stage = 'pxe' | 'local'

/** Which kind of line decides a property: of the class, for nodes by number, for all nodes, or none. */
type Origin = 'class' | 'nodes' | 'default' | 'unset'

/** What one property is for a node. */
export interface Decided {
  /** Null is `none`: nothing is sent. Undefined if no line says anything. */
  readonly value: string | null | undefined
  readonly origin: Origin
  /** The line that decides; undefined where none does. */
  readonly span: Span | undefined
}

/** Why a node boots from its disk. */
type LocalReason = 'unapproved' | 'stage' | 'none' | 'unset'

/** What happens at the next boot of a node. */
type NextBoot =
  | {
      readonly kind: 'image'
      readonly kernel: string
      readonly initrd: string | undefined
      readonly commandLine: string
    }
  | { readonly kind: 'local'; readonly reason: LocalReason }

/** The boot plan of a node. Plain data. */
export interface BootPlan {
  readonly number: number
  /** One, or one of each family with that of IPv4 first. */
  readonly addresses: readonly [Address, ...Address[]]
  readonly macs: readonly Mac[]
  /** The node line, or the iprange line that gives the node its address. */
  readonly span: Span
  /** The class as the node line names it, also where no class line defines it. */
  readonly class: string | undefined
  /** The steps as written; empty for a node without a sequence, which boots from the network each time. */
  readonly sequence: readonly string[]
  /** The step that is next. */
  readonly stage: Stage
  /** The stage that follows when the image has been sent; the same one where the sequence ends or repeats. */
  readonly nextStage: Stage
  /** Who says that the stage is done. */
  readonly acknowledge: Acknowledgement
  readonly properties: Readonly<Record<BootProperty, Decided>>
  readonly next: NextBoot
  /** False: it is sent nothing, whatever the lines for all nodes say. */
  readonly isApproved: boolean
}

/** What plans are made from. */
interface Basis {
  readonly cluster: Cluster
  readonly lines: DecidingLines
}

/** The boot plans of a cluster. A plan is made when it is asked for. */
export class BootPlans {
  readonly #cluster: Cluster
  readonly #basis: Basis
  readonly #byNumber: ReadonlyMap<number, ClusterNode>
  readonly #ignored: ReadonlySet<number>
  readonly #byMac: ReadonlyMap<number, ClusterNode>
  /** Made when it is first asked: most machines boot by their MACs alone. */
  #byAddress: ReadonlyMap<string, ClusterNode> | undefined

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#ignored = new Set(cluster.ignored.map(macKey))
    const numbers = cluster.nodes.map(({ number }) => number)
    this.#basis = { cluster, lines: new DecidingLines(numbers, cluster.boot) }
    this.#byNumber = new Map(cluster.nodes.map((node) => [node.number, node]))
    this.#byMac = new Map(cluster.nodes.flatMap((node) => node.macs.map((mac) => [macKey(mac), node] as const)))
  }

  /** The plan of a node; undefined if there is no such node. */
  of(number: number): BootPlan | undefined {
    return this.#planOf(this.#byNumber.get(number))
  }

  /** The plan of the node that has a MAC; undefined for a stranger, and for a MAC that is ignored. */
  ofMac(mac: Mac): BootPlan | undefined {
    if (this.#ignored.has(macKey(mac))) return undefined
    return this.#planOf(this.#byMac.get(macKey(mac)))
  }

  /**
   * The plan of the node that has an address; undefined for a stranger. Whoever reaches the boot endpoint can ask this as often as its rates
   * allow: it costs the same, however many nodes there are.
   */
  ofAddress(address: Address): BootPlan | undefined {
    const { nodes } = this.#cluster
    this.#byAddress ??= new Map(nodes.flatMap((node) => node.addresses.map((one) => [addressKey(one), node] as const)))
    return this.#planOf(this.#byAddress.get(addressKey(address)))
  }

  /** The plan of a node at another stage than that of the cluster. */
  at(number: number, stage: string): BootPlan | undefined {
    const node = this.#byNumber.get(number)
    return node && bootPlan(this.#basis, { ...node, stage })
  }

  /** The plans of all nodes, ascending by number. */
  *all(): Generator<BootPlan, void, undefined> {
    for (const node of this.#cluster.nodes) yield bootPlan(this.#basis, node)
  }

  #planOf(node: ClusterNode | undefined): BootPlan | undefined {
    return node && bootPlan(this.#basis, node)
  }
}

/** Whether the stage that is next is done when an installer says so. */
export function isByInstaller({ acknowledge, stage, nextStage }: BootPlan): boolean {
  return acknowledge === 'installed' && nextStage !== stage
}

/** The plan of one node of a cluster. */
function bootPlan(basis: Basis, node: ClusterNode): BootPlan {
  const { cluster } = basis
  const { number, addresses, macs, sequence, span, isApproved } = node
  const decided = (property: BootProperty) => decide(basis, node, property)
  const properties = {
    kernelimage: decided('kernelimage'),
    initrdimage: decided('initrdimage'),
    kernelcommandline: decided('kernelcommandline'),
  }
  const stage = stageOf(node)
  const acknowledge = (node.class === undefined ? undefined : cluster.classes.get(node.class)?.acknowledge) ?? 'loaded'
  const boot = {
    stage,
    nextStage: stageNamed(stageAfter(sequence, stage)),
    acknowledge,
    properties,
    next: isApproved ? nextBoot(stage, properties) : ({ kind: 'local', reason: 'unapproved' } as const),
  }
  return { number, addresses, macs, span, class: node.class, sequence, isApproved, ...boot }
}

/** A node without a stage is at the first step of its sequence; one without a sequence boots from the network. */
function stageOf({ stage, sequence }: ClusterNode): Stage {
  return stageNamed(stage ?? sequence[0] ?? 'pxe')
}

/** The stage of a word, which is one of two. */
function stageNamed(word: string): Stage {
  return word === 'local' ? 'local' : 'pxe'
}

/** Nothing is for a node that is not approved. The class of the node decides; then the last line that names the node; then the last line for all nodes. */
function decide({ cluster, lines }: Basis, node: ClusterNode, property: BootProperty): Decided {
  if (!node.isApproved) return { value: undefined, span: undefined, origin: 'unset' }
  const own = node.class === undefined ? undefined : cluster.classes.get(node.class)?.properties.get(property)
  if (own !== undefined) return { ...own, origin: 'class' }
  const found = lines.of(property, node.number)
  if (found === undefined) return { value: undefined, span: undefined, origin: 'unset' }
  const { value, span } = found.line
  return { value, span, origin: found.isNamed ? 'nodes' : 'default' }
}

function nextBoot(stage: Stage, { kernelimage, initrdimage, kernelcommandline }: BootPlan['properties']): NextBoot {
  if (stage === 'local') return { kind: 'local', reason: 'stage' }
  const kernel = kernelimage.value
  if (kernel === undefined) return { kind: 'local', reason: 'unset' }
  if (kernel === null) return { kind: 'local', reason: 'none' }
  return { kind: 'image', kernel, initrd: initrdimage.value ?? undefined, commandLine: kernelcommandline.value ?? '' }
}
