/** The parsed configuration: what the resolver reads. */
import type { Address, AddressRange, Mac } from '../values/index.ts'
import type { Span } from './text/span.ts'

/** The parsed configuration: what the resolver reads. Plain data; every list is in the order promised beside it. */
export interface Cluster {
  /** `nodes N`: the number of compute nodes; undefined without that line. */
  readonly nodeCount: number | undefined
  /** The nodes that exist (number below `nodeCount`, with an address), ascending by number. */
  readonly nodes: readonly ClusterNode[]
  /** The devices that have a name, in file order of their first line. */
  readonly hosts: readonly ClusterHost[]
  /** In file order; the default `n%N` comes first if no line names all nodes. No two of them give one name to two machines. */
  readonly nodenames: readonly Nodename[]
  /** The masterorder lines in file order; for a node that several of them name, the last one counts. */
  readonly masters: readonly MasterOrder[]
  /** `masterdelay SECONDS`: how long each master of a node waits for the one before it; undefined without that line. */
  readonly masterDelay: number | undefined
  /** The master's primary private interface, that of the first line; undefined without one. */
  readonly interface: PrimaryInterface | undefined
  /** All interface lines in file order. */
  readonly interfaces: readonly MasterInterface[]
  /** The iprange lines in file order. */
  readonly nodeRanges: readonly NodeRange[]
  /** The hostrange lines in file order; several of one name make one netgroup. */
  readonly hostRanges: readonly HostRange[]
  /** Service to TCP or UDP port; always holds `beonss` and `beonss-tls`. */
  readonly servers: ReadonlyMap<string, number>
  /** The classes by name, in order of their first class line. */
  readonly classes: ReadonlyMap<string, BootClass>
  /** What becomes of machines that no line knows; `locked` without a line. */
  readonly assignment: Assignment
  /** The machines that get nothing by DHCP and boot nothing, in file order; a node or a device may be among them. */
  readonly ignored: readonly Mac[]
  /** The kernelimage, initrdimage and kernelcommandline lines in file order; a later one overrules for its nodes. */
  readonly boot: readonly BootSetting[]
}

/** A compute node that exists. */
export interface ClusterNode {
  readonly number: number
  /** One, or one of each family with that of IPv4 first. */
  readonly addresses: readonly [Address, ...Address[]]
  /** In the order of the line; empty for a placeholder or a node without a line. */
  readonly macs: readonly Mac[]
  /** The MACs of its companions, with the name as the line writes it, in the order of the line: none need have that name. */
  readonly companionMacs: readonly { readonly name: string; readonly mac: Mac }[]
  readonly class: string | undefined
  /** The steps of the boot sequence: `pxe+local` is `['pxe', 'local']`; empty if the line has none. */
  readonly sequence: readonly string[]
  /** The step that is next; undefined if the line has none. */
  readonly stage: string | undefined
  /** False: it has its address and its name, and nothing else that nodes have. It has no class, no sequence and no stage then. */
  readonly isApproved: boolean
  /** Its node line; if it has none, the iprange line that gave its address. */
  readonly span: Span
}

/** A device of one or more host lines that share the first name. */
export interface ClusterHost {
  /** The canonical name, as first written. */
  readonly name: string
  /** The further names of all its lines, as written, without repeats. */
  readonly aliases: readonly string[]
  /** In file order, without repeats. */
  readonly addresses: readonly Address[]
  /** In file order, without repeats. */
  readonly macs: readonly Mac[]
  /** Its host lines, in file order. */
  readonly lines: readonly HostLine[]
}

/** One host line: aliases, address and MAC belong together. */
export interface HostLine {
  /** The names after the first, as written, without repeats. */
  readonly aliases: readonly string[]
  readonly address: Address
  /** Undefined if it is not known. */
  readonly mac: Mac | undefined
  readonly span: Span
}

/**
 * A set of node numbers as the config writes it: inclusive ranges, in the order written.
 * `last` is undefined if the range continues to the last node (`5-`, `-`, `all`).
 */
export interface NodeSet {
  readonly ranges: readonly { readonly first: number; readonly last: number | undefined }[]
}

/**
 * Nodes in a row that a nodename line names: node `firstNode + i` has the number `firstNumber + i` in its name, up to
 * `lastNode`.
 */
export interface NodeSegment {
  readonly firstNode: number
  /** Infinity if the line names all nodes from the first on. */
  readonly lastNode: number
  readonly firstNumber: number
}

/**
 * `nodename [NODES[=FIRST]] FORMAT [IP [IP]] [NETGROUP]`. The name of a node is prefix, number, suffix.
 * Width 0 is `%N`: written without padding, matched by value. Width 1 to 5 is `%wN`: padded with zeros to at
 * least that many digits, matched as written. Width PLAIN is a format without a number, of one node.
 */
export interface Nodename {
  readonly prefix: string
  readonly width: number
  readonly suffix: string
  /** The nodes that the line is bound to; undefined if it names all, each by its own number. */
  readonly segments: readonly NodeSegment[] | undefined
  /**
   * `companion` is a line with an address. Of the others, `canonical` is each that is bound to nodes and the first that is
   * not, `alias` each
   * further one that is not.
   */
  readonly kind: 'canonical' | 'alias' | 'companion'
  /** How companions have their addresses, at most one rule for each family; none of a line that names nodes. */
  readonly companions: readonly CompanionAddress[]
  readonly netgroup: string | undefined
  /** Undefined for the default `n%N`. */
  readonly span: Span | undefined
}

/** The part of a nodename that makes and matches text. */
export type NamePattern = Pick<Nodename, 'prefix' | 'width' | 'suffix'>

/** A line's names, and the nodes that have them. */
export type NameLine = NamePattern & Pick<Nodename, 'segments'>

/** How the companions of a line have their addresses of one family. */
interface CompanionAddress {
  readonly given: Address
  /** Its first octet is 0: it is added to the node's own address of this family. Else the node's number is added to it. */
  readonly isOffset: boolean
}

/** `masterorder NODES IP1 IP2...`: the masters of those nodes, first choice first. */
export interface MasterOrder {
  readonly nodes: NodeSet
  readonly addresses: readonly Address[]
  readonly span: Span
}

/** `interface NAME [IP NETMASK]`; without an address the system is asked for the interface's own. */
export interface MasterInterface {
  readonly name: string
  readonly address: Address | undefined
  /** How many bits of the address are those of its network. */
  readonly prefixLength: number | undefined
  readonly span: Span
}

/** The interface of the first line, with what all lines of that NAME say. */
export interface PrimaryInterface {
  readonly name: string
  /** The first of each family, that of IPv4 first; none where the system is to be asked. */
  readonly addresses: readonly Address[]
  readonly span: Span
}

/** `iprange`: `first` belongs to node `firstNode`, and so on. */
export interface NodeRange extends AddressRange {
  readonly firstNode: number
  readonly span: Span
}

/** `hostrange`: where devices have their addresses; a named one is a netgroup of its hosts. */
export interface HostRange extends AddressRange {
  readonly name: string | undefined
  readonly span: Span
}

/** What becomes of a machine that asks for an address and is on no line: it becomes a node, or gets nothing. */
export type Assignment = 'append' | 'locked'

/** What a boot line sets. */
export type BootProperty = 'kernelimage' | 'initrdimage' | 'kernelcommandline'

/** Who says that a stage is done: the loader, when all images are loaded, or the installer that it starts. */
export type Acknowledgement = 'loaded' | 'installed'

/** What a class sends to its nodes. A property that is absent was not set; null is `none`, nothing is sent. The span is the line that sets it. */
export interface BootClass {
  readonly name: string
  readonly properties: ReadonlyMap<BootProperty, { readonly value: string | null; readonly span: Span }>
  /** The loader unless a line says otherwise. */
  readonly acknowledge: Acknowledgement
  /** Its class lines, in file order. */
  readonly spans: readonly Span[]
}

/** A default, or the setting for some nodes. Null is `none`. */
export interface BootSetting {
  readonly property: BootProperty
  /** Undefined if the line names no nodes: all of them. */
  readonly nodes: NodeSet | undefined
  readonly value: string | null
  readonly span: Span
}
