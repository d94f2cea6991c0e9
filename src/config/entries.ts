/** Entries: the lines that are acted on, as they were written. */
import type { Address, Mac } from '../values/index.ts'
import type { Assignment, BootProperty, NameLine, NodeSet } from './cluster.ts'
import type { Word } from './text/lexer.ts'
import type { Span } from './text/span.ts'

/** A line that is acted on, read by itself. Its meaning together with other lines is found later. */
export type Entry =
  | NodesEntry
  | IpRangeEntry
  | HostRangeEntry
  | HostEntry
  | NodeEntry
  | ClassEntry
  | BootEntry
  | NodenameEntry
  | InterfaceEntry
  | MasterOrderEntry
  | MasterDelayEntry
  | ServerEntry
  | NodeAssignEntry
  | IgnoreEntry

interface Read {
  /** From the keyword to the last word. */
  readonly span: Span
}

/** `nodes N` */
export interface NodesEntry extends Read {
  readonly kind: 'nodes'
  readonly count: number
}

/** `iprange [FIRSTNODE] IP1 IP2` */
export interface IpRangeEntry extends Read {
  readonly kind: 'iprange'
  /** As written; undefined if the range follows on from the one before. */
  readonly firstNode: number | undefined
  readonly first: Address
  readonly last: Address
}

/** `hostrange [NAME] IP1 IP2` */
export interface HostRangeEntry extends Read {
  readonly kind: 'hostrange'
  readonly name: Word | undefined
  readonly first: Address
  readonly last: Address
}

/** `host MAC IP [NAME...]` */
export interface HostEntry extends Read {
  readonly kind: 'host'
  /** Undefined if the line has `-`: the MAC is not known. */
  readonly mac: Mac | undefined
  readonly macSpan: Span
  readonly address: Address
  readonly addressSpan: Span
  /** The canonical name, then the aliases; empty if the device answers nothing. */
  readonly names: readonly Word[]
}

/** A MAC of a line and its span. */
export interface NodeMac {
  readonly mac: Mac
  readonly span: Span
}

/** A MAC of a companion on a node line, as `n15-ipmi=00:a0:d1:e5:c4:72`, and its span. */
export interface CompanionMac extends NodeMac {
  /** As written: whether the node has such a companion is not said by this line. */
  readonly name: string
}

/** `node [NUMBER] [CLASS [SEQUENCE [STAGE]]] [MAC...] [COMPANION=MAC...]` */
export interface NodeEntry extends Read {
  readonly kind: 'node'
  /** As written; undefined if the line counts on from the one before. */
  readonly number: number | undefined
  readonly class: Word | undefined
  readonly sequence: readonly string[]
  readonly stage: string | undefined
  /** Without repeats. */
  readonly macs: readonly NodeMac[]
  readonly companionMacs: readonly CompanionMac[]
  /** False where `unapproved` stands in place of the class: then there is no class, no sequence and no stage. */
  readonly isApproved: boolean
}

/** `class NAME PROPERTY VALUE` */
export interface ClassEntry extends Read {
  readonly kind: 'class'
  readonly name: Word
  readonly property: BootProperty | 'acknowledge'
  /** Null is `none`. */
  readonly value: string | null
}

/** `kernelimage`, `initrdimage`, `kernelcommandline` */
export interface BootEntry extends Read {
  readonly kind: 'boot'
  readonly property: BootProperty
  readonly nodes: NodeSet | undefined
  readonly nodesSpan: Span | undefined
  readonly value: string | null
}

/** `nodename [NODES[=FIRST]] FORMAT [IP [IP]] [NETGROUP]` */
export interface NodenameEntry extends Read, NameLine {
  readonly kind: 'nodename'
  /** Undefined if the line is for all nodes. */
  readonly nodes: NodeSet | undefined
  readonly nodesSpan: Span | undefined
  readonly format: Word
  /** None where the line names nodes; of a companion at most one of each family. */
  readonly addresses: readonly Address[]
  readonly netgroup: Word | undefined
}

/** `interface NAME [IP NETMASK]` */
export interface InterfaceEntry extends Read {
  readonly kind: 'interface'
  readonly name: string
  readonly address: Address | undefined
  readonly addressSpan: Span | undefined
  /** How many bits of the address are those of its network. */
  readonly prefixLength: number | undefined
}

/** `masterorder NODES IP1 IP2...` */
export interface MasterOrderEntry extends Read {
  readonly kind: 'masterorder'
  readonly nodes: NodeSet
  readonly nodesSpan: Span
  readonly masters: readonly { readonly address: Address; readonly span: Span }[]
}

/** `masterdelay SECONDS` */
export interface MasterDelayEntry extends Read {
  readonly kind: 'masterdelay'
  readonly seconds: number
}

/** `server SERVICE PORT` */
export interface ServerEntry extends Read {
  readonly kind: 'server'
  readonly service: Word
  readonly port: number
}

/** `nodeassign append|locked` */
export interface NodeAssignEntry extends Read {
  readonly kind: 'nodeassign'
  readonly policy: Assignment
}

/** `ignore MAC...` */
export interface IgnoreEntry extends Read {
  readonly kind: 'ignore'
  readonly macs: readonly NodeMac[]
}
