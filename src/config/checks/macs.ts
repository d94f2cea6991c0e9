/** Check: no two machines share a MAC, and none that is ignored has one. */
import { foldCase, formatMac, type Mac, macKey } from '../../values/index.ts'
import type { Draft, NumberedNode } from '../draft.ts'
import type { CompanionMac, HostEntry } from '../entries.ts'
import { hostKey } from '../names/rules.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'

/** A line that has a MAC. Claims are worked out from it only when two lines clash: there may be hundreds of thousands. */
type Holder = NumberedNode | HostEntry | HeldCompanion

/** A companion of a node line. */
interface HeldCompanion {
  readonly node: NumberedNode
  readonly companion: CompanionMac
}

/** One MAC for two machines. A host line without a name is held to be the machine that has its MAC. */
export function checkMacs(draft: Draft): void {
  const holders = new Map<number, Holder>()
  for (const node of draft.nodes()) {
    for (const { mac } of node.entry.macs) hold(draft, holders, mac, node)
    for (const companion of node.entry.companionMacs) hold(draft, holders, companion.mac, { node, companion })
  }
  for (const host of draft.of('host')) {
    if (host.names.length > 0 && host.mac !== undefined) hold(draft, holders, host.mac, host)
  }
}

function hold(draft: Draft, holders: Map<number, Holder>, mac: Mac, holder: Holder): void {
  const key = macKey(mac)
  const before = holders.get(key)
  if (before === undefined) holders.set(key, holder)
  else if (machineOf(before) !== machineOf(holder)) {
    const one = claimOf(before, key)
    const stays = draft.diagnostics.clash('mac-clash', one, claimOf(holder, key), (later, earlier) => {
      return `the MAC ${formatMac(mac)} of ${later.owner} is also that of ${earlier.owner}`
    })
    holders.set(key, stays === one ? before : holder)
  }
}

function machineOf(holder: Holder): number | string {
  // No host key has a blank.
  if ('companion' in holder) return `${holder.node.number} ${foldCase(holder.companion.name)}`
  return 'number' in holder ? holder.number : hostKey(holder)
}

function claimOf(holder: Holder, key: number): Claimant {
  if ('companion' in holder) {
    const { node, companion } = holder
    const lines = [node.entry.span.line]
    return { span: companion.span, owner: `the device ${companion.name}`, lines, weight: WEIGHTS.host }
  }
  if (!('number' in holder)) {
    const lines = [holder.span.line]
    return { span: holder.macSpan, owner: `host ${holder.names[0]?.value ?? ''}`, lines, weight: WEIGHTS.host }
  }
  const { number, entry } = holder
  const span = entry.macs.find(({ mac }) => macKey(mac) === key)?.span
  return { span, owner: `node ${number}`, lines: [entry.span.line], weight: WEIGHTS.host }
}

/** MACs of nodes and devices that an ignore line has too: told at that line. */
export function warnAboutIgnored(draft: Draft): void {
  const ignored = new Map(draft.of('ignore').flatMap(({ macs }) => macs.map((one) => [macKey(one.mac), one] as const)))
  if (ignored.size === 0) return
  const warn = (mac: Mac, span: Span, owner: string): void => {
    const line = ignored.get(macKey(mac))
    if (line === undefined) return
    const message = `the MAC ${formatMac(mac)} of ${owner} is ignored: with it the machine gets no address by DHCP and boots nothing`
    draft.diagnostics.report('ignored-machine', line.span, message, {
      related: [{ span, message: `${owner} is here` }],
    })
  }
  for (const { number, entry } of draft.nodes()) {
    for (const { mac, span } of entry.macs) warn(mac, span, `node ${number}`)
    for (const { mac, span, name } of entry.companionMacs) warn(mac, span, `the device ${name}`)
  }
  for (const { mac, macSpan, names } of draft.of('host'))
    if (mac !== undefined) warn(mac, macSpan, `host ${names[0]?.value ?? ''}`.trimEnd())
}
