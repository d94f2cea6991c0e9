import { KickbackProxy } from '../kickback/index.ts'
import { byteString, type IdRule, idFloorsOf, type Snapshot } from '../resolver/index.ts'
import { handlers, monotonic } from '../values/index.ts'
import type { Invocation, RunCommand } from './command.ts'
import { type Daemon, identity, runDaemon } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { DnsFront } from './dns-front.ts'
import { dnsSettings } from './dns-settings.ts'
import type { Logger } from './logger.ts'
import { type MetricsServer, type MetricsSources, openMetrics } from './metrics.ts'
import type { Settings } from './settings.ts'
import { shadowGroup } from './shadow-group.ts'
import { openPublicKey } from './signing-key.ts'
import { readSource } from './sources.ts'
import { EXIT } from './synopsis.ts'

/** `kickback proxy`. */
export const run: RunCommand = async (invocation) => {
  const wrong = wrongUsage(invocation)
  if (wrong === undefined) return runDaemon(invocation, (logger) => start(invocation, logger))
  invocation.terminal.complain(`kickback: ${wrong}\n`)
  return EXIT.USAGE
}

/** Whom to follow and whom to believe must be said. */
function wrongUsage({ settings }: Invocation): string | undefined {
  if (settings.master.length === 0) return 'proxy wants --master HOST:PORT, one or more'
  if (settings.key !== null && settings.insecure) return 'proxy wants either --key FILE or --insecure, not both'
  if (settings.key === null && !settings.insecure) {
    return "proxy wants --key FILE, the cluster's public key (signing.pub of the master's state dir), or --insecure"
  }
  return undefined
}

/** Starts the proxy, its DNS and its metrics. */
async function start(invocation: Invocation, logger: Logger): Promise<Daemon> {
  const { settings } = invocation
  if (settings.insecure) logger.warn('--insecure: whoever answers as master is believed')
  const dns = new DnsFront(dnsSettings(settings), logger)
  const answerFrom = async (snapshot: Snapshot): Promise<void> => {
    try {
      await dns.publish(snapshot)
    } catch (error) {
      logger.error({ err: error }, 'cannot answer DNS')
    }
  }
  const proxy = await follow(invocation, logger, dns, (snapshot) => {
    handlers.float('DNS generation', () => answerFrom(snapshot))
  })
  const sources = { report: () => proxy.report(), dns: () => dns.counters, reloads: () => new Map() }
  const metrics = await metricsOrEnd(settings.metrics, sources, logger, proxy)
  return {
    hangup: () => logger.info('SIGHUP: a proxy has nothing to read again'),
    close: async () => {
      await metrics?.close()
      await dns.close()
      await proxy.close()
    },
  }
}

async function metricsOrEnd(
  place: Settings['metrics'],
  sources: MetricsSources,
  logger: Logger,
  proxy: KickbackProxy,
): Promise<MetricsServer | undefined> {
  try {
    return await openMetrics(place, sources, logger)
  } catch (error) {
    await proxy.close()
    throw error
  }
}

/** The rule of this node: its own login.defs(5), and the accounts that its settings name. */
async function idRule({ loginDefs, users, groups }: Settings, logger: Logger): Promise<IdRule> {
  const file = await readSource(loginDefs)
  if (file.state === 'unreadable') throw new Error(`can't read ${file.path}: ${file.reason}`)
  const { uidMin, gidMin, problems } = idFloorsOf(file.state === 'read' ? file.bytes : undefined)
  for (const problem of problems) logger.warn(`${file.path}: ${problem}`)
  return { uidMin, gidMin, users: users.map(byteString), groups: groups.map(byteString) }
}

async function follow(
  { settings, version }: Invocation,
  log: Logger,
  dns: DnsFront,
  onGeneration: (snapshot: Snapshot) => void,
): Promise<KickbackProxy> {
  const { pid, uid } = identity()
  const privateGroup = shadowGroup(uid)
  const key = settings.key === null ? undefined : openPublicKey(settings.key)
  const ids = await idRule(settings, log)
  return KickbackProxy.start({
    masters: settings.master.map(({ host, port }) => ({ host, port })),
    trust: { key },
    ids,
    runDir: settings.runDir,
    stateDir: settings.stateDir,
    software: `kickback ${version}`,
    pid,
    uid,
    ...(privateGroup !== undefined && { privateGroup }),
    clock: monotonic,
    log,
    random: Math.random,
    dnsPlaces: () => dns.places,
    descriptors: descriptorLimit(),
    wallClock: Date.now,
    onGeneration,
  })
}
