/** The daemon of a node: follows the masters, and answers from its own copy on sockets and by DNS. */

import { byteString, type IdRule, idFloorsOf, type Snapshot } from '../resolver/index.ts'
import { handlers, type Log, monotonic } from '../values/index.ts'
import type { Daemon, DaemonProcess } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { DnsFront } from './fronts/dns-front.ts'
import { type Front, Fronts } from './fronts/front.ts'
import { MetricsFront } from './fronts/metrics-front.ts'
import { KickbackProxy } from './proxy.ts'
import type { ProxySettings } from './settings.ts'
import { readSource } from './sources/source-file.ts'
import { shadowGroup } from './store/shadow-group.ts'

/** What a proxy is started with. */
export interface ProxyDaemonOptions extends DaemonProcess {
  readonly settings: ProxySettings
}

/** Starts the proxy, its DNS and its metrics. Throws FolderError, OwnedError, TransportError. */
export async function startProxy(options: ProxyDaemonOptions): Promise<Daemon> {
  const { settings, logger } = options
  if (settings.key === undefined) logger.warn({}, '--insecure: whoever answers as master is believed')
  const dns = new DnsFront(settings.dns, logger)
  const sources = { report: () => proxy.report(), dns: () => dns.counters, reloads: () => new Map() }
  const fronts = new Fronts([dns, new MetricsFront(settings.metrics, sources, logger)])
  const proxy = await follow(options, dns, (snapshot) => {
    handlers.float('DNS generation', () => serve(fronts, snapshot, logger))
  })
  const close = async (): Promise<void> => {
    await fronts.close()
    await proxy.close()
  }
  try {
    await fronts.open()
  } catch (error) {
    await close()
    throw error
  }
  return { hangup: () => logger.info({}, 'SIGHUP: a proxy has nothing to read again'), close }
}

/** A front that can't be had leaves a node its sockets. */
async function serve(fronts: Front, snapshot: Snapshot, logger: Log): Promise<void> {
  try {
    await fronts.serve(snapshot)
  } catch (error) {
    logger.error({ err: error }, 'cannot answer DNS')
  }
}

/** The rule of this node: its own login.defs(5), and the accounts that its settings name. */
async function idRule({ loginDefs, users, groups }: ProxySettings, logger: Log): Promise<IdRule> {
  const file = await readSource(loginDefs)
  if (file.state === 'unreadable') throw new Error(`can't read ${file.path}: ${file.reason}`)
  const { uidMin, gidMin, problems } = idFloorsOf(file.state === 'read' ? file.bytes : undefined)
  for (const problem of problems) logger.warn({}, `${file.path}: ${problem}`)
  return { uidMin, gidMin, users: users.map(byteString), groups: groups.map(byteString) }
}

async function follow(
  { settings, version, logger, pid, uid }: ProxyDaemonOptions,
  dns: DnsFront,
  onGeneration: (snapshot: Snapshot) => void,
): Promise<KickbackProxy> {
  const privateGroup = shadowGroup(uid)
  return KickbackProxy.start({
    masters: settings.masters,
    trust: { key: settings.key },
    ids: await idRule(settings, logger),
    runDir: settings.runDir,
    stateDir: settings.stateDir,
    software: `kickback ${version}`,
    pid,
    uid,
    ...(privateGroup !== undefined && { privateGroup }),
    clock: monotonic,
    log: logger,
    random: Math.random,
    dnsPlaces: () => dns.places,
    descriptors: descriptorLimit(),
    wallClock: Date.now,
    onGeneration,
  })
}
