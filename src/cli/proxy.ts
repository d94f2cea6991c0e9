import { DEFAULT_FLOOR, DEFAULT_PORT, KickbackProxy, monotonic } from '../kickback/index.ts'
import type { Snapshot } from '../resolver/index.ts'
import type { Invocation, RunCommand } from './command.ts'
import { DnsFront } from './dns-front.ts'
import { dnsSettings } from './dns-settings.ts'
import { createLogger, descriptorSink, type Logger } from './logger.ts'
import { openMetrics } from './metrics.ts'
import { notifySystemd } from './neighbours.ts'
import { shadowGroup } from './shadow-group.ts'
import { untilEnded } from './signals.ts'
import { openPublicKey } from './signing-key.ts'
import { EXIT } from './synopsis.ts'
import { zoneSettings } from './zone-settings.ts'

/** `kickback proxy`. */
export const run: RunCommand = async (invocation) => {
  const wrong = wrongUsage(invocation)
  if (wrong !== undefined) {
    invocation.terminal.complain(`kickback: ${wrong}\n`)
    return EXIT.USAGE
  }
  process.umask(0o022)
  const { settings } = invocation
  const logger = createLogger(settings.logFormat, settings.logLevel, descriptorSink(process.stderr.fd))
  const { NOTIFY_SOCKET } = process.env
  const ended = untilEnded(() => logger.info('SIGHUP: a proxy has nothing to read again'))
  if (settings.insecure) logger.warn('--insecure: whoever answers as master is believed')
  const dns = new DnsFront(dnsSettings(settings), logger)
  const proxy = await start(invocation, logger, (snapshot) => {
    dns.publish(snapshot, zoneSettings(settings, DEFAULT_PORT, undefined)).catch((error: unknown) => {
      logger.error({ err: error }, 'cannot answer DNS')
    })
  })
  const metrics = await openMetrics(
    settings.metrics,
    { report: () => proxy.report(), dns: () => dns.counters, reloads: () => new Map() },
    logger,
  )
  await notifySystemd(NOTIFY_SOCKET, '--ready', `--pid=${process.pid}`)
  logger.info({ pid: process.pid }, 'ready')
  const signal = await ended
  logger.info({ signal }, 'ending')
  await metrics?.close()
  await dns.close()
  await proxy.close()
  return EXIT.DONE
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

function start(
  { settings, version }: Invocation,
  log: Logger,
  onGeneration: (snapshot: Snapshot) => void,
): Promise<KickbackProxy> {
  const uid = process.geteuid?.() ?? 0
  const privateGroup = shadowGroup(uid)
  const key = settings.key === null ? undefined : openPublicKey(settings.key)
  return KickbackProxy.start({
    masters: settings.master.map(({ host, port }) => ({ host, port })),
    trust: { key, floor: DEFAULT_FLOOR },
    runDir: settings.runDir,
    stateDir: settings.stateDir,
    software: `kickback ${version}`,
    pid: process.pid,
    uid,
    ...(privateGroup !== undefined && { privateGroup }),
    clock: monotonic,
    log,
    random: Math.random,
    onGeneration,
  })
}
