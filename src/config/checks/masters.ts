/** The addresses that the configuration gives to masters, each with the lines that say so. */
import { type Address, addressKey, formatAddress } from '../../values/index.ts'
import type { Draft } from '../draft.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'

/** An address of a master, with every line that says so. */
export interface MasterClaim extends Claimant {
  readonly address: Address
}

/** The addresses of the masters, each once: of the interface line and the masterorder lines. */
export function masterClaims(draft: Draft): MasterClaim[] {
  const claims = new Map<string, MasterClaim & { lines: number[] }>()
  for (const { address, span } of mentions(draft)) {
    const claim = claims.get(addressKey(address))
    if (claim !== undefined) claim.lines.push(span.line)
    else {
      const owner = `the master ${formatAddress(address)}`
      claims.set(addressKey(address), { address, span, owner, lines: [span.line], weight: WEIGHTS.master })
    }
  }
  return [...claims.values()]
}

function mentions(draft: Draft): { address: Address; span: Span }[] {
  const own = draft.of('interface').flatMap(({ address, addressSpan }) => {
    return address === undefined || addressSpan === undefined ? [] : [{ address, span: addressSpan }]
  })
  const ordered = draft.of('masterorder').flatMap((entry) => entry.masters)
  return [...own, ...ordered].sort((a, b) => a.span.start - b.span.start)
}
