/** The start of a node's daemon: its settings, its rule of ids, and the fronts that it has besides sockets and files. */
import { diagnosticHeadline } from '../config/index.ts'
import { byteString, type IdRule, idFloorsOf } from '../resolver/index.ts'
import { bootClock, calledOff, chores, heldAddresses, type Log, monotonic, wallClock } from '../values/index.ts'
import type { Daemon, DaemonProcess } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { unawaited } from './fronts/front.ts'
import { collectAtRest } from './memory/garbage.ts'
import { machineReader } from './memory/machine-figures.ts'
import { fileMapper } from './memory/mapping.ts'
import { LoopDelay } from './metrics/loop-delay.ts'
import { nodePage } from './page/page-parts.ts'
import { newDns } from './processes/dns-processes.ts'
import { HttpProcess } from './processes/http-process.ts'
import { KickbackProxy } from './proxy.ts'
import { type ProxySettings, queryLogOf } from './settings.ts'
import { readSource } from './sources/source-file.ts'
import { Audit } from './trust/audit.ts'
import { auditedPage } from './trust/audited.ts'
import { nodeTrust } from './trust/list-file.ts'

/** The users of a machine itself, passwd(5). */
const LOCAL_USERS = '/etc/passwd'

/** What a proxy is started with. */
interface ProxyDaemonOptions extends DaemonProcess {
  readonly settings: ProxySettings
}

/** Starts the proxy, its DNS and its HTTP. Throws FolderError, OwnedError, TransportError. */
export async function startProxy(options: ProxyDaemonOptions): Promise<Daemon> {
  const { settings, version, logger, pid, uid } = options
  if (settings.key === undefined)
    logger.warn({}, '--insecure: this node believes any machine that answers as its master')
  const dns = newDns(options)
  const mapper = fileMapper(logger)
  const sources: Parameters<typeof nodePage>[0]['metrics'] = {
    ...{ report: () => proxy.report(), service: () => proxy.counts() },
    ...{ dns: () => dns.counters(), reloads: () => new Map<string, number>() },
    // An idle node is not woken: a scrape is one sample.
    loop: new LoopDelay({ lasts: 0 }),
  }
  const ids = await idRule(settings, logger)
  const audit = auditedPage(new Audit(settings.stateDir, logger, () => wallClock() / 1000))
  const own = heldAddresses(monotonic)
  const page = { metrics: sources, told: options.told, served: () => proxy.current, own, audit }
  const http = new HttpProcess(options, nodePage(page, ids))
  const proxy = await KickbackProxy.start({
    ...{ pid, uid, log: logger, clock: monotonic, random: Math.random, wallClock, bootClock },
    awake: stirred,
    addresses: heldAddresses(monotonic),
    machine: machineReader(),
    masters: settings.masters,
    trust: nodeTrust(settings.key, settings.stateDir, logger),
    objectsUrl: settings.objectsUrl ?? undefined,
    ...{ isCertified: settings.certificate, queries: queryLogOf(settings, logger) },
    hostKeys: settings.hostKeys,
    shadowMaxAge: settings.shadowMaxAge,
    ids,
    localUsers: LOCAL_USERS,
    accounts: { passwd: settings.passwd, group: settings.group },
    runDir: settings.runDir,
    stateDir: settings.stateDir,
    software: `kickback ${version}`,
    beside: {
      dnsPlaces: () => dns.places,
      dnsProcess: () => dns.report,
      httpProcess: () => http.status,
      page: (login) => http.grant(login),
    },
    descriptors: descriptorLimit(),
    mapper,
    // DNS that can't be had leaves a node its sockets.
    fronts: [unawaited(dns, logger), http],
  })
  const endCollecting = collectAtRest(undefined, undefined, undefined, () => mapper?.restAll())
  return {
    ready: proxy.ready,
    get state() {
      return proxy.state
    },
    hangup: () => logger.info({}, 'SIGHUP is ignored: a proxy has no sources to read again'),
    close: () => {
      endCollecting()
      return proxy.close()
    },
  }
}

/** This process is awake. */
function stirred(): void {
  chores.stir()
  calledOff.forget()
}

/** The rule of this node: its own login.defs(5), and the accounts that its settings name. */
async function idRule({ loginDefs, users, groups }: ProxySettings, logger: Log): Promise<IdRule> {
  const file = await readSource(loginDefs)
  if (file.state === 'unreadable') throw new Error(`can't read ${file.origin}: ${file.reason}`)
  const { uidMin, gidMin, diagnostics } = idFloorsOf(file.origin, file.bytes)
  for (const diagnostic of diagnostics) logger.warn({}, diagnosticHeadline(diagnostic))
  return { uidMin, gidMin, users: users.map(byteString), groups: groups.map(byteString) }
}
