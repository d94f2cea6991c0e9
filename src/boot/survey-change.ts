/** The survey of what a cluster boots, brought up to date after single machines changed, without a look at the other machines. */
import type { Cluster } from '../config/index.ts'
import { mustBeLocal } from '../values/index.ts'
import { DNSMASQ_MACS_MAX, type Lease, leasesOf } from './dhcp/leases.ts'
import { dhcpNetworks, type NamedNetwork, networkWith } from './dhcp/networks.ts'
import { nodeFaults } from './faults.ts'
import { BootPlans } from './plan.ts'
import { type BootShape, type SurveyOutline, shapeKey, shapeOf } from './survey.ts'

/** Machines that changed. */
interface ChangedMachines {
  /** Before and after the change: the lines about more than one machine, which are the same in both, with the changed machines alone. Both have the same nodes. */
  readonly old: Cluster
  readonly now: Cluster
  readonly networks: readonly NamedNetwork[]
  /** The number that a line about more than one machine has now, given the one that it had. */
  readonly lineNow: (line: number) => number
}

/**
 * The outline of the survey after a change that leaves its faults and images as they were, but for the numbers of their lines. Throws NotLocalError if the
 * change may bring or remove a fault or an image: then survey all of it (surveyBoot).
 */
export function outlineAfter({ shapes, leases }: SurveyOutline, change: ChangedMachines): SurveyOutline {
  const moved = shapes.map((shape) => shapeNow(shape, change))
  mustKeepShapes(moved, change)
  return { shapes: moved, leases: leases + moreLeases(leases, change) }
}

/** The shape with the numbers that its lines have now. */
function shapeNow(shape: BootShape, { lineNow }: ChangedMachines): BootShape {
  return { ...shape, lines: shape.lines.map((line) => (line === 0 ? 0 : lineNow(line))) }
}

/** Throws unless each node boots as it did, or as a node with a lower number does: a fault names the first node that has it. */
function mustKeepShapes(shapes: readonly BootShape[], change: ChangedMachines): void {
  const firsts = new Map(shapes.map((shape) => [shapeKey(shape), shape.first]))
  const before = new Map(Array.from(new BootPlans(change.old).all(), (plan) => [plan.number, plan]))
  for (const plan of new BootPlans(change.now).all()) {
    const was = before.get(plan.number)
    mustBeLocal(was !== undefined, 'a node comes')
    mustBeLocal(nodeFaults(was).length + nodeFaults(plan).length === 0, 'a node changed that lacks something to boot')
    const keys = [shapeNow(shapeOf(was), change), shapeOf(plan)].map(shapeKey)
    const isEachKnown = keys.every((key) => (firsts.get(key) ?? Number.POSITIVE_INFINITY) < plan.number)
    mustBeLocal(keys[0] === keys[1] || isEachKnown, 'the first node that boots something changed')
  }
}

/** By how many the number of leases grows; negative if it shrinks. */
function moreLeases(count: number, { old, now, networks: named }: ChangedMachines): number {
  const [gone, come] = [leasesOf(old), leasesOf(now)]
  const networks = dhcpNetworks(now, named)
  const isOutside = ({ address }: Lease): boolean => networkWith(networks, address) === undefined
  mustBeLocal(
    networks.length === 0 || ![...gone, ...come].some(isOutside),
    'a machine changed that is in no network of DHCP',
  )
  const more = come.length - gone.length
  // Of too many it is told how many they are, and at the line of which they become too many.
  const isFew = Math.max(count, count + more) <= DNSMASQ_MACS_MAX
  mustBeLocal(isFew || placesOf(gone) === placesOf(come), 'there are too many MAC addresses for dnsmasq')
  return more
}

/** Which nodes and devices have the leases. */
function placesOf(leases: readonly Lease[]): string {
  return leases.map(({ node, name }) => node ?? ` ${name ?? ''}`).join()
}
