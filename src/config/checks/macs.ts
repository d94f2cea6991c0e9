import type { Draft } from '../draft.ts'
import { type Claimant, WEIGHTS } from '../findings.ts'
import { formatMac, type Mac, macKey } from '../mac.ts'
import { hostKey } from '../names.ts'
import type { Span } from '../span.ts'

interface MacClaim extends Claimant {
  readonly machine: string
  readonly lines: number[]
}

/** One MAC for two machines. A host line without a name is held to be the machine that has its MAC. */
export function checkMacs(draft: Draft): void {
  const claims = new Map<number, MacClaim>()
  for (const { number, entry } of draft.nodes()) {
    for (const { mac, span } of entry.macs) claimMac(draft, claims, mac, span, `node ${number}`, ` ${number}`)
  }
  for (const host of draft.of('host')) {
    const [name] = host.names
    if (name === undefined) continue
    claimMac(draft, claims, host.mac, host.macSpan, `host ${name.value}`, hostKey(host))
  }
}

function claimMac(
  draft: Draft,
  claims: Map<number, MacClaim>,
  mac: Mac,
  span: Span,
  owner: string,
  machine: string,
): void {
  const claim = { machine, span, owner, lines: [span.line], weight: WEIGHTS.host }
  const key = macKey(mac)
  const before = claims.get(key)
  if (before === undefined) claims.set(key, claim)
  else if (before.machine === machine) before.lines.push(span.line)
  else {
    const stays = draft.findings.clash('mac-clash', before, claim, (told, other) => {
      return `the MAC ${formatMac(mac)} of ${told.owner} is also that of ${other.owner}`
    })
    claims.set(key, stays)
  }
}
