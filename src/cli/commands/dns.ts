/** `kickback dns`: DNS alone, over the snapshot that another daemon of this machine keeps. */
import { answerFirst, become, DnsDaemon, openPublicKey, readTrust, userNamed } from '../../daemon/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { identity, runDaemon } from '../daemon.ts'
import { dnsSettings } from '../dns-settings.ts'
import type { Logger } from '../logger.ts'
import { EXIT } from '../synopsis.ts'
import { moduleFolders } from './state/copy.ts'

/** `kickback dns`. */
export const run: RunCommand = async (invocation) => {
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
    polled: answerFirst(logger),
    ...(user !== undefined && { opened: () => become(user) }),
    http,
    logger,
  })
}
