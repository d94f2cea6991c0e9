/** Check: no machine has a broadcast address. */
import { type Address, addressToNumber, formatAddress, sameAddress } from '../../values/index.ts'
import { broadcastOf } from '../directives/machine-address.ts'
import type { Draft } from '../draft.ts'
import type { InterfaceEntry } from '../entries.ts'
import type { Span } from '../text/span.ts'
import { companionRuns } from './addresses.ts'
import { NodeSpans } from './node-spans.ts'

/** Warns of machines that have the broadcast address of the network of an interface: nobody can talk to them there. */
export function warnAboutBroadcast(draft: Draft): void {
  const spans = new NodeSpans(draft)
  for (const entry of draft.of('interface')) {
    const { address, netmask } = entry
    const broadcast = address && netmask && broadcastOf(address, netmask)
    if (broadcast !== undefined) warnAbout(draft, spans, entry, broadcast)
  }
}

function warnAbout(draft: Draft, spans: NodeSpans, entry: InterfaceEntry, broadcast: Address): void {
  const warn = (span: Span, owner: string): void => {
    const message = `${formatAddress(broadcast)}, the address of ${owner}, is the broadcast address of interface ${entry.name}`
    const related = [{ span: entry.span, message: `interface ${entry.name} is here` }]
    draft.findings.report('broadcast-address', span, message, { related })
  }
  for (const host of draft.of('host')) {
    if (sameAddress(host.address, broadcast)) warn(host.addressSpan, `host ${host.names[0]?.value ?? 'without a name'}`)
  }
  const value = addressToNumber(broadcast) ?? 0
  for (const run of spans.space.runs) {
    const at = value - run.first
    const number = run.firstNode + at
    if (at >= 0 && at < run.count) warn(spans.spanOf(number) ?? run.entry.span, `node ${number}`)
  }
  for (const line of draft.of('nodename')) {
    for (const run of companionRuns(spans, line)) {
      const at = value - run.first
      if (at >= 0 && at < run.count) warn(line.span, `the companion of node ${run.firstNode + at}`)
    }
  }
}
