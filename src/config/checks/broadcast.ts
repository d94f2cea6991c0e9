/** Check: no machine has an address that means all machines of a network, or all its routers. */
import { formatAddress, sameAddress } from '../../values/index.ts'
import { type NetworkWideAddress, networkWideAddress } from '../directives/machine-address.ts'
import type { Draft } from '../draft.ts'
import type { InterfaceEntry } from '../entries.ts'
import { nodeOfRun } from '../nodes/nodespace.ts'
import type { Span } from '../text/span.ts'
import { companionRuns } from './addresses.ts'
import { NodeSpans } from './node-spans.ts'

/**
 * Warns of machines that have the broadcast address of the network of an interface, or its routers' address: no machine can
 * talk to them there.
 */
export function warnAboutBroadcast(draft: Draft): void {
  const spans = new NodeSpans(draft)
  for (const entry of draft.of('interface')) {
    const { address, prefixLength } = entry
    const wide = address && prefixLength !== undefined ? networkWideAddress(address, prefixLength) : undefined
    if (wide !== undefined) warnAbout(draft, spans, entry, wide)
  }
}

function warnAbout(draft: Draft, spans: NodeSpans, entry: InterfaceEntry, wide: NetworkWideAddress): void {
  const warn = (span: Span, owner: string): void => {
    const message = `${formatAddress(wide.address)}, the address of ${owner}, is the ${wide.name} of interface ${entry.name}`
    const related = [{ span: entry.span, message: `interface ${entry.name} is here` }]
    draft.diagnostics.report('broadcast-address', span, message, { related })
  }
  for (const host of draft.of('host')) {
    if (sameAddress(host.address, wide.address))
      warn(host.addressSpan, `host ${host.names[0]?.value ?? 'without a name'}`)
  }
  for (const run of spans.space.runs) {
    const number = nodeOfRun(run, wide.address)
    if (number !== undefined) warn(spans.spanOf(number) ?? run.entry.span, `node ${number}`)
  }
  for (const line of draft.of('nodename')) {
    for (const run of companionRuns(spans, line)) {
      const number = nodeOfRun(run, wide.address)
      if (number !== undefined) warn(line.span, `the companion of node ${number}`)
    }
  }
}
