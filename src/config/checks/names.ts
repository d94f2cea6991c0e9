/** Check: no two devices share a name. */
import { foldCase } from '../../values/index.ts'
import type { Draft } from '../draft.ts'
import type { HostEntry } from '../entries.ts'
import { PLAIN } from '../names/nodename.ts'
import { hostKey } from '../names/rules.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import type { Word } from '../text/lexer.ts'
import { claimedNode, type FormatClaim, formatClaims } from './formats.ts'
import { NodeSpans } from './node-spans.ts'

/** The name of the DNS server if the cluster names no master. */
const NAME_SERVER = 'ns'

/** A device with the name `ns`: a zone without masters uses it for its name server. */
function checkNameServer(draft: Draft): void {
  const isMasterKnown = draft.of('masterorder').length > 0 || draft.of('interface').some(({ address }) => address)
  if (isMasterKnown) return
  const plain = draft.of('nodename').filter(({ width }) => width === PLAIN)
  for (const name of [...draft.of('host').flatMap(({ names }) => names), ...plain.map(({ format }) => format)]) {
    if (foldCase(name.value) !== NAME_SERVER) continue
    const message =
      'ns is the name server of the zone where no master is configured; use another name, or say where the master is'
    draft.diagnostics.report('reserved-name', name, message)
  }
}

/** One name for two devices, or for a device and a node or its companion. */
export function checkNames(draft: Draft): void {
  checkNameServer(draft)
  const holders = new Map<string, HostEntry>()
  for (const host of draft.of('host')) {
    for (const name of host.names) claimName(draft, holders, host, name)
  }
  checkNamesOfNodes(draft)
}

/** The lines come in file order, so the line that had the name first stays. */
function claimName(draft: Draft, holders: Map<string, HostEntry>, host: HostEntry, name: Word): void {
  const key = foldCase(name.value)
  const before = holders.get(key)
  if (before === undefined) holders.set(key, host)
  else if (before !== host && hostKey(before) !== hostKey(host)) {
    const held = before.names.find((each) => foldCase(each.value) === key)
    draft.diagnostics.clash('name-clash', nameClaim(before, held ?? name), nameClaim(host, name), (later, earlier) => {
      return `the name ${name.value} of ${later.owner} is also one of ${earlier.owner}`
    })
  }
}

function nameClaim(host: HostEntry, name: Word): Claimant {
  return { span: name, owner: `host ${host.names[0]?.value ?? ''}`, lines: [name.line], weight: WEIGHTS.host }
}

function checkNamesOfNodes(draft: Draft): void {
  const spans = new NodeSpans(draft)
  const formats = formatClaims(draft)
  for (const host of draft.of('host')) {
    for (const name of host.names) {
      const format = formats.find((claim) => claimedNode(claim, spans, name.value) !== undefined)
      if (format !== undefined) reportNode(draft, spans, host, name, format)
    }
  }
}

function reportNode(draft: Draft, spans: NodeSpans, host: HostEntry, name: Word, format: FormatClaim): void {
  const { entry } = format
  const number = claimedNode(format, spans, name.value) ?? 0
  const isCompanion = entry !== undefined && entry.addresses.length > 0
  const span = isCompanion ? entry.format : spans.spanOf(number)
  const owner = isCompanion ? `the companion of node ${number}` : `node ${number}`
  const node = { span, owner, lines: [], weight: WEIGHTS.fixed }
  draft.diagnostics.clash<Claimant>('name-clash', nameClaim(host, name), node, (later, earlier) => {
    return `${name.value} is a name of ${later.owner} and of ${earlier.owner}`
  })
}
