/** `host` and `node` lines of which some changed, to the records that change: what no line near them says is looked up in the snapshot. */
import type { Cluster, ClusterHost, ClusterNode } from '../../config/index.ts'
import { type Address, mustBeLocal, NotLocalError } from '../../values/index.ts'
import { deviceEntries } from '../contents/devices.ts'
import { etherEntries } from '../contents/ethers.ts'
import { type MasterNames, masterNames } from '../contents/master-names.ts'
import { canonicalName, madeName, type NameMakers, nameMakers } from '../contents/nodenames.ts'
import { type HostEntry, hosts } from '../databases/hosts.ts'
import { DATABASES, type DatabaseName } from '../databases/table.ts'
import { HOST_KINDS } from '../layout.ts'
import type { Key } from '../records/keys.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { netgroupEdits } from './netgroup-edits.ts'
import type { RecordEdit, SnapshotEdits } from './spliced.ts'

/** The machines of lines that go, and of those that come. */
interface MachineChange {
  /** The lines about more than one machine, which are the same in both, with these machines alone. */
  readonly old: Cluster
  readonly now: Cluster
  /** The addresses of the master's private interface, where they belong to the snapshot. */
  readonly interfaceAddresses: readonly Address[]
  /** The devices of the host lines around the change, nearest first, each as if one line were all of it. These throw NotLocalError behind so many lines. */
  readonly hostsBefore: (lines: number) => Iterable<ClusterHost>
  readonly hostsBehind: (lines: number) => Iterable<ClusterHost>
  /** How many other lines name a device. */
  readonly otherHosts: number
  /** Whether netgroups come from a file too: these may include those of the configuration. */
  readonly hasFileNetgroups: boolean
}

/** Records side by side, and what their keys are. */
interface Extent {
  readonly from: number
  readonly to: number
}

/**
 * The edits by which a public snapshot follows. Throws NotLocalError where they do not follow from the lines that changed. Names, addresses and MACs of the
 * machines that come are free in the lines about more than one machine.
 */
export function machineEdits(snapshot: Snapshot, change: MachineChange): SnapshotEdits {
  return new MachineEdits(snapshot, change).edits()
}

/** How many lines are looked at on either side to find a device: first few, then many. */
const LINES_TRIED: readonly number[] = [20, 2000]
/** How many nodes are looked at to find one that has a MAC. */
const NODES_TRIED_MAX = 5000

class MachineEdits {
  readonly #snapshot: Snapshot
  readonly #change: MachineChange
  readonly #makers: NameMakers
  readonly #masters: MasterNames

  constructor(snapshot: Snapshot, change: MachineChange) {
    this.#snapshot = snapshot
    this.#change = change
    this.#makers = nameMakers(change.now)
    const { interfaceAddresses } = change
    this.#masters = masterNames({ cluster: change.now, interfaceAddresses })
  }

  edits(): SnapshotEdits {
    const { old, now, hasFileNetgroups } = this.#change
    const devices = this.#devices()
    const ethers = [...this.#ethersOfHosts(), ...this.#ethersOfNodes()]
    this.#mustBeFree('ethers', ethers, (record) => [{ mac: DATABASES.ethers.decode(record).mac }])
    const netgroups = netgroupEdits(this.#snapshot, {
      ...{ old, now, makers: this.#makers, hasFileNetgroups },
      place: devices[0]?.from ?? 0,
    })
    const all: [DatabaseName, readonly RecordEdit[]][] = [
      ['hosts', devices],
      ['ethers', ethers],
      ['netgroup', netgroups],
    ]
    return new Map(
      all.flatMap(([database, edits]) => {
        const own = edits.filter((edit) => !this.#isNothing(database, edit))
        return own.length === 0 ? [] : [[database, own] as const]
      }),
    )
  }

  /** Whether an edit puts the same bytes there. */
  #isNothing(database: DatabaseName, { from, to, records }: RecordEdit): boolean {
    const was = this.#snapshot.recordBytes(database).subarray(from, to)
    return Buffer.compare(was, Buffer.concat(records)) === 0
  }

  /** The records of devices. */
  #devices(): RecordEdit[] {
    const { old, now } = this.#change
    if (old.hosts.length + now.hosts.length === 0) return []
    const records = now.hosts.map((host) => hosts.encode(this.#entryOf(host)))
    const place = this.#extent(
      'hosts',
      old.hosts.map((host) => [{ name: host.name }, hosts.encode(this.#entryOf(host))]),
    )
    const edit = { ...(place ?? this.#placeOfDevice()), records }
    this.#mustBeFree('hosts', [edit], (record) => {
      const { names, addresses } = hosts.decode(record)
      return [...names.map((name) => ({ name })), ...addresses.map(({ bytes }) => ({ address: bytes }))]
    })
    return [edit]
  }

  /** The record of a device that is no master, and whose lines do not differ. */
  #entryOf(host: ClusterHost): HostEntry {
    const [entry, ...more] = deviceEntries(host, this.#masters)
    mustBeLocal(entry !== undefined && more.length === 0 && entry.flags === undefined, 'lines of a device differ')
    mustBeLocal(entry.kind === HOST_KINDS.HOST, 'the line of a master changed')
    return entry
  }

  /** Behind the device of the line before the change, or before that of the line behind it. */
  #placeOfDevice(): Extent {
    if (this.#change.otherHosts === 0) return this.#behindMasters()
    return this.#placeBeside((devices) => this.#firstDevice(devices), 'no device is near the change')
  }

  /** Behind what is found of the devices before the change, or before what is found of those behind it. */
  #placeBeside(find: (devices: Iterable<ClusterHost>) => Extent | undefined, nothing: string): Extent {
    const { hostsBefore, hostsBehind } = this.#change
    for (const lines of LINES_TRIED) {
      const before = nearOr(() => find(hostsBefore(lines)))
      if (before !== undefined) return { from: before.to, to: before.to }
      const behind = nearOr(() => find(hostsBehind(lines)))
      if (behind !== undefined) return { from: behind.from, to: behind.from }
    }
    throw new NotLocalError(nothing)
  }

  /** The record of the first of these devices that is no master. */
  #firstDevice(devices: Iterable<ClusterHost>): Extent | undefined {
    for (const host of devices) if (!this.#isMaster(host)) return this.#recordOf(host)
    return undefined
  }

  #isMaster(host: ClusterHost): boolean {
    return deviceEntries(host, this.#masters).some(({ kind }) => kind !== HOST_KINDS.HOST)
  }

  /** The record of a device that has one line. Throws NotLocalError where it has more. */
  #recordOf(host: ClusterHost): Extent {
    const extent = this.#extent('hosts', [[{ name: host.name }, hosts.encode(this.#entryOf(host))]])
    mustBeLocal(extent !== undefined, 'a device has no record')
    return extent
  }

  #behindMasters(): Extent {
    let at = 0
    for (const { record, next } of this.#snapshot.records('hosts')) {
      if (hosts.decode(record).kind !== HOST_KINDS.MASTER) break
      at = next
    }
    return { from: at, to: at }
  }

  #ethersOfHosts(): RecordEdit[] {
    const old = this.#ethersOf(this.#change.old)({ nodes: [] })
    const now = this.#ethersOf(this.#change.now)({ nodes: [] })
    if (old.length + now.length === 0) return []
    const place = this.#etherExtent(old) ?? this.#placeOfHostEther()
    return [{ ...place, records: now.map(DATABASES.ethers.encode) }]
  }

  /** The entries of ethers that part of a cluster makes. */
  #ethersOf(cluster: Cluster) {
    const { interfaceAddresses } = this.#change
    return (part: Partial<Pick<Cluster, 'nodes' | 'hosts'>>) =>
      etherEntries({ cluster: { ...cluster, ...part }, interfaceAddresses, makers: this.#makers })
  }

  #etherExtent(entries: ReturnType<typeof etherEntries>): Extent | undefined {
    return this.#extent(
      'ethers',
      entries.map((entry) => [{ mac: entry.mac }, DATABASES.ethers.encode(entry)]),
    )
  }

  #placeOfHostEther(): Extent {
    if (this.#change.otherHosts === 0) return { from: 0, to: 0 }
    return this.#placeBeside((devices) => this.#etherOfFirst(devices), 'no device with a MAC is near the change')
  }

  /** The entry of the first of these devices that has a MAC. */
  #etherOfFirst(devices: Iterable<ClusterHost>): Extent | undefined {
    for (const host of devices) {
      // Another line of the device may give it a MAC, and its place.
      this.#recordOf(host)
      if (host.macs.length === 0) continue
      return this.#etherExtent(this.#ethersOf(this.#change.now)({ nodes: [], hosts: [host] }))
    }
    return undefined
  }

  /** Of each node by itself, in their order. */
  #ethersOfNodes(): RecordEdit[] {
    const { old, now } = this.#change
    const versions = [byNumber(old.nodes), byNumber(now.nodes)] as const
    const numbers = [...new Set([...versions[0].keys(), ...versions[1].keys()])].sort((a, b) => a - b)
    return numbers.flatMap((number) => {
      const [was = [], is = []] = versions.map((nodes) => {
        const node = nodes.get(number)
        return this.#ethersOf(now)({ hosts: [], nodes: node === undefined ? [] : [node] })
      })
      if (was.length + is.length === 0) return []
      const place = this.#etherExtent(was) ?? this.#placeOfNodeEther(number)
      return [{ ...place, records: is.map(DATABASES.ethers.encode) }]
    })
  }

  /** Behind the entries of the last node before that has any, or before those of the next one. */
  #placeOfNodeEther(number: number): Extent {
    for (let tried = 0, n = number - 1; n >= 0 && tried < NODES_TRIED_MAX; n--, tried++) {
      const own = this.#ethersOfNode(n)
      if (own !== undefined) return { from: own.to, to: own.to }
    }
    for (let tried = 0, n = number + 1; tried < NODES_TRIED_MAX; n++, tried++) {
      const own = this.#ethersOfNode(n)
      if (own !== undefined) return { from: own.from, to: own.from }
      if (this.#snapshot.lookup('hosts', { name: canonicalName(this.#makers, n) }) === undefined) break
    }
    throw new NotLocalError('no node with a MAC is near the one that changed')
  }

  #ethersOfNode(number: number): Extent | undefined {
    const companions = this.#makers.companions.flatMap((one) => madeName(one, number) ?? [])
    const names = [canonicalName(this.#makers, number), ...companions]
    const record = names.map((name) => this.#snapshot.lookup('ethers', { name })).find((one) => one !== undefined)
    if (record === undefined) return undefined
    const from = this.#snapshot.positionOf('ethers', record)
    let to = from
    for (const { record: own, next } of this.#snapshot.records('ethers', from)) {
      if (!names.includes(DATABASES.ethers.decode(own).name)) break
      to = next
    }
    return { from, to }
  }

  /** Where these records lie, side by side in this order; undefined for none. Throws NotLocalError where they do not, or are other ones. */
  #extent(database: DatabaseName, wanted: readonly (readonly [Key, Uint8Array])[]): Extent | undefined {
    let extent: Extent | undefined
    for (const [key, bytes] of wanted) {
      const record = this.#snapshot.lookup(database, key)
      mustBeLocal(record !== undefined, 'a line has no record')
      mustBeLocal(Buffer.compare(record, bytes) === 0, 'a record is not as its line has it')
      const from = this.#snapshot.positionOf(database, record)
      mustBeLocal(extent === undefined || extent.to === from, 'records are not in the order of their lines')
      extent = { from: extent?.from ?? from, to: from + record.length }
    }
    return extent
  }

  /** No other record has one of the keys of those that come. */
  #mustBeFree(
    database: 'hosts' | 'ethers',
    edits: readonly RecordEdit[],
    keysOf: (record: Uint8Array) => readonly Key[],
  ): void {
    const isGoing = (at: number): boolean => edits.some(({ from, to }) => at >= from && at < to)
    for (const key of edits.flatMap(({ records }) => records.flatMap(keysOf))) {
      const holder = this.#snapshot.lookup(database, key)
      const isFree = holder === undefined || isGoing(this.#snapshot.positionOf(database, holder))
      mustBeLocal(isFree, database === 'hosts' ? 'a name or an address is taken' : 'a MAC is taken')
    }
  }
}

/** What was found on one side; undefined where nothing is near there: then the other side is looked at. */
function nearOr<T>(find: () => T | undefined): T | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof NotLocalError) return undefined
    throw error
  }
}

function byNumber(nodes: readonly ClusterNode[]): ReadonlyMap<number, ClusterNode> {
  return new Map(nodes.map((node) => [node.number, node]))
}
