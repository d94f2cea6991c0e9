/** A master that grants shadow entries over real TLS, and nodes with certificates, in this process. Node 0 has the address 127.0.0.1. */
import { join } from 'node:path'
import { MasterCertificates } from '../../../src/daemon/certificates/master-certificates.ts'
import { nodeKeyIn } from '../../../src/daemon/certificates/node-certificate.ts'
import type { KickbackProxy, ProxyOptions } from '../../../src/daemon/proxy.ts'
import { openAuthority } from '../../../src/daemon/trust/authority.ts'
import { Trust } from '../../../src/kickback/index.ts'
import { Enrolment } from '../../../src/kickback/service/enrolment.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import {
  buildPublic,
  buildShadow,
  certificateKeyMark,
  keyMark,
  layout,
  NodeKeys,
  parseTrustList,
  Snapshot,
  stamp,
} from '../../../src/resolver/index.ts'
import { type HostPort, monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { folder, type Tap } from '../../folder.ts'
import { type ClusterKey, clusterKey } from '../../keys.ts'
import { contents, logOf, server } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'
import { trustList } from '../../trust-lists.ts'
import { node, type TestNode } from '../nodes/node.ts'

/** The root of the cluster of these tests, and the key of their masters. */
export const ROOT = clusterKey()
export const SIGNER = clusterKey()
const ADDRESSES = (number: number): string => (number === 0 ? '127.0.0.1' : `10.0.0.${number}`)

/** The public snapshot of the cluster. */
function publicSnapshot(generation: number, sign = SIGNER.sign): Snapshot {
  const made = contents(5)
  const hosts = made.hosts.map((host) =>
    host.kind === layout.HOST_KINDS.NODE ? { ...host, addresses: [ip(ADDRESSES(host.number))] } : host,
  )
  const bytes = buildPublic({ ...made, hosts, masterorder: [] })
  stamp(bytes, { generation, contentTime: generation }, sign)
  return Snapshot.open(bytes)
}

/** A shadow snapshot with these hashes by user; `isGranted`: as a node has it. */
export function shadow(
  generation: number,
  hashes: Readonly<Record<string, string>>,
  { sign, isGranted = true }: { readonly sign?: ClusterKey['sign']; readonly isGranted?: boolean } = {},
): Snapshot {
  const ages = { lastChange: 1, min: 0, max: 9, warn: 7, inactive: -1, expire: -1, flag: 0xffffffff }
  const entries = Object.entries(hashes).map(([name, passwd]) => ({ ...ages, name, passwd }))
  const inputs = new Map(isGranted ? [['granted', '1']] : [])
  const bytes = buildShadow({ inputs, shadow: entries, complete: true })
  stamp(bytes, { generation, contentTime: generation }, sign ?? SIGNER.sign)
  return Snapshot.open(bytes)
}

/** A master. What it grants is by node in `grants`; `look` tells those that wait. */
export async function grantingMaster(t: Tap, options: Partial<ServerOptions> = {}) {
  const stateDir = folder(t)
  const files = await openAuthority(stateDir, 'm1')
  const cluster = keyMark(ROOT.key).toString('hex')
  const clock = { now: Date.now }
  const wallClock = (): number => clock.now()
  const parts = { clock: monotonic, wallClock, log: logOf() }
  const certificates = new MasterCertificates({ ...parts, files, clusters: () => [cluster], authorities: () => [] })
  await certificates.renew()
  t.teardown(() => certificates.close())
  const live = { endUncertified: (): void => {} }
  const enrolment = new Enrolment({
    ...parts,
    ...{ keys: new NodeKeys(), keep: () => {}, issue: certificates.issue, changed: () => {} },
    revoked: () => live.endUncertified(),
  })
  const tls = {
    context: () => certificates.context,
    judge: certificates.judge,
    isRevoked: (mark: string) => enrolment.isRevoked(mark),
    wallClock,
  }
  const grants = new Map<number, Snapshot>()
  const given: [number, number][] = []
  const granted = {
    isKnown: true,
    of: (number: number) => grants.get(number),
    numbered: (number: number, generation: number) => {
      const one = grants.get(number)
      return one?.generation === generation ? one : undefined
    },
    noted: async (number: number, { generation }: Snapshot) => void given.push([number, generation]),
    givenTo: (number: number) => ({
      users: given.some(([node]) => node === number) ? ['user1'] : [],
      lost: undefined,
    }),
    isOver: (end: number) => wallClock() >= end,
  }
  const made = server(t, { sign: SIGNER.sign, tls, enrolment, granted, ...options }, publicSnapshot(5))
  live.endUncertified = () => made.endUncertified()
  const place = (await made.listen('network', { host: '127.0.0.1', port: 0 })) as HostPort
  const secure = (await made.listen('network', { host: '127.0.0.1', port: 0 }, { isSecure: true })) as HostPort
  const list = parseTrustList(
    trustList({ roots: [ROOT], signers: [[SIGNER, 'm1']], authorities: [[files.authority.certificate, 'm1']] }),
  )
  const grant = (number: number, snapshot: Snapshot | undefined): void => {
    if (snapshot === undefined) grants.delete(number)
    else grants.set(number, snapshot)
    made.grantsChanged()
  }
  return { made, place, secure, list, enrolment, grant, given, granted, clock, certificates }
}

/** A node 0 of this master whose key is approved. */
export async function provenNode(
  t: Tap,
  { place, list, enrolment }: Pick<Awaited<ReturnType<typeof grantingMaster>>, 'place' | 'list' | 'enrolment'>,
  options: Partial<ProxyOptions> = {},
): Promise<TestNode & { readonly mark: string }> {
  const stateDir = options.stateDir ?? folder(t)
  const { privateKey } = { privateKey: await nodeKeyIn(stateDir) }
  const mark = certificateKeyMark(privateKey)
  enrolment.let(0, mark)
  const trust = new Trust({ key: ROOT.key, list })
  const made = await node(t, [place], { trust, isCertified: true, ...options, stateDir })
  return { ...made, mark }
}

/** The shadow files of a node, in run dir and state dir. */
export const shadowFiles = ({ runDir, stateDir }: Pick<TestNode, 'runDir' | 'stateDir'>): readonly string[] =>
  [runDir, stateDir].map((dir) => join(dir, 'private/shadow.1'))

/** Waits until a proxy answers from so many shadow entries; undefined: from none at all. */
export const holds = (proxy: KickbackProxy, entries: number | undefined): Promise<void> =>
  until(() => proxy.report().records.shadow === entries)
