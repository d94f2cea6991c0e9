/** What of a master is in its audit log: trust lists that root gives it, and reloads that pass a rule; and how STATUS tells its list. */
import type { KeyAction, OwnKeys, ReloadOptions, ReloadReport, TrustReport } from '../../kickback/index.ts'
import { keyMark, type Snapshot, type TrustList } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'
import { macOfNeighbour } from './arp-table.ts'
import type { Audit } from './audit.ts'
import type { MasterTrust } from './master-trust.ts'

/** What a service has of the keys of a master: what root of this machine does to them is in the audit log, and what is done with join tokens. */
export function auditedKeys(keys: MasterTrust, audit: Pick<Audit, 'add'>) {
  return {
    keys: listKeys(keys, audit),
    audit: (entry: KeyAction) => audit.add({ login: undefined, ...entry }),
    macOf: macOfNeighbour,
    trust: () => trustReport(keys),
  }
}

/** What is done with the page. */
export function auditedPage(audit: Pick<Audit, 'add'>): (entry: KeyAction) => void {
  return (entry) => audit.add({ login: undefined, ...entry })
}

/** What of the keys of a master is given by HTTP. */
export function keysOfObjects(keys: MasterTrust) {
  return {
    signer: () => keyMark(keys.signing),
    trust: () => keys.list,
    bridge: (root: string) => keys.bridgeFrom(root),
  }
}

function listKeys(keys: MasterTrust, audit: Pick<Audit, 'add'>): OwnKeys {
  return {
    get signing() {
      return keys.signing
    },
    get list() {
      return keys.list
    },
    get bridge() {
      return keys.bridge
    },
    take(bytes, { action, login }) {
      const before = listText(keys.list)
      keys.trust.take(bytes)
      audit.add({ action: `keys ${action}`, login, before, after: listText(keys.list) })
    },
  }
}

/** Adds a reload that was forced, went back, or released what was pinned; `served` is what was served before and what is now. */
export function auditReload(
  audit: Pick<Audit, 'add'>,
  { dryRun, force, backTo, release = false, login }: ReloadOptions,
  { outcome }: ReloadReport,
  [before, after]: readonly [Snapshot | undefined, Snapshot | undefined],
): void {
  const flags = [
    ...(force ? ['--force'] : []),
    ...(backTo === undefined ? [] : [`--back-to ${backTo}`]),
    ...(release ? ['--release'] : []),
  ]
  if (dryRun || flags.length === 0) return
  const action = `reload ${flags.join(' ')}: ${outcome}`
  audit.add({ action, login, before: generationText(before), after: generationText(after) })
}

/** The trust list of a master for STATUS. */
function trustReport({ list, signing, isCertified }: MasterTrust): TrustReport | undefined {
  return list && { number: list.number, signer: hex(keyMark(signing)), certified: isCertified }
}

/** A list for people: its number, and who is in it. */
function listText(list: TrustList | undefined): string | undefined {
  const signers = list?.signers.map(({ key, name }) => `${name} ${hex(keyMark(key))}`) ?? []
  return list && `trust list ${list.number}: ${signers.join(', ')}`
}

function generationText(snapshot: Snapshot | undefined): string | undefined {
  return snapshot && `generation ${snapshot.generation}, digest ${hex(snapshot.digest)}`
}
