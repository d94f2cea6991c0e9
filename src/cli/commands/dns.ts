/** `kickback dns`: DNS alone, over the snapshot that another daemon of this machine keeps. */
import { Socket } from 'node:net'
import {
  CHANNEL_VARIABLE,
  DnsDaemon,
  openPublicKey,
  PROCESS_FDS,
  readTrust,
  runFrontWorker,
  type Unprivileged,
  userNamed,
} from '../../daemon/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { identity, loggingTo, runDaemon } from '../daemon.ts'
import { dnsSettings } from '../dns-settings.ts'
import type { Logger } from '../logger.ts'
import { ignoreSignals } from '../signals.ts'
import { EXIT } from '../synopsis.ts'
import { moduleFolders } from './state/copy.ts'

/** `kickback dns`; with a channel in the environment it is the process of another daemon that answers DNS or HTTP, which tells it all. */
export const run: RunCommand = async (invocation) => {
  if (process.env[CHANNEL_VARIABLE] !== undefined) return runWorker(invocation)
  const { settings, terminal } = invocation
  if (settings.dns.length > 0) return runDaemon(invocation, async ({ logger }) => start(invocation, logger))
  terminal.complain('kickback: dns wants --dns HOST:PORT, where to answer\n')
  return EXIT.USAGE
}

function start(invocation: Invocation, logger: Logger): Promise<DnsDaemon> {
  const { runDir, key, dnsUser, http } = invocation.settings
  const isRoot = identity().uid === 0
  const user = isRoot ? userNamed(dnsUser) : undefined
  if (isRoot && user === undefined) throw new Error(`there is no user ${dnsUser} in /etc/passwd: see --dns-user`)
  return DnsDaemon.start({
    dns: dnsSettings(invocation),
    folders: moduleFolders(runDir),
    trust: readTrust(key === null ? undefined : openPublicKey(key), moduleFolders(runDir)),
    uid: () => identity().uid,
    ...(user !== undefined && { opened: () => become(user) }),
    http,
    logger,
  })
}

/** The process of a master's or a node's DNS or HTTP. What ends its daemon ends it by the channel: signals are not for it. */
async function runWorker({ settings }: Invocation): Promise<number> {
  ignoreSignals()
  return loggingTo(settings, async (logger) => {
    const isWell = await runFrontWorker({
      pair: new Socket({ fd: PROCESS_FDS.channel }),
      folder: `/proc/self/fd/${PROCESS_FDS.folder}`,
      kept: `/proc/self/fd/${PROCESS_FDS.kept}`,
      uid: () => identity().uid,
      become,
      named: (front) => {
        process.title = `kickback ${front}`
      },
      logger,
    })
    return isWell ? EXIT.DONE : EXIT.FAILED
  })
}

/** Gives up all that only root may do. */
function become({ uid, gid }: Unprivileged): void {
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)
}
