import type { RunCommand } from './command.ts'
import { createLogger, descriptorSink } from './logger.ts'
import { Master } from './master.ts'
import { notifySystemd } from './neighbours.ts'
import { untilEnded } from './signals.ts'
import { EXIT } from './synopsis.ts'

/** `kickback serve`. */
export const run: RunCommand = async ({ settings, version }) => {
  const logger = createLogger(settings.logFormat, settings.logLevel, descriptorSink(process.stderr.fd))
  const { NOTIFY_SOCKET } = process.env
  const uid = process.geteuid?.() ?? 0
  let hangup = (): void => {}
  const ended = untilEnded(() => hangup())
  const master = await Master.start({ settings, version, logger, pid: process.pid, uid })
  hangup = () => void master.reload('SIGHUP', { dryRun: false, force: false })
  await notifySystemd(NOTIFY_SOCKET, '--ready', `--pid=${process.pid}`)
  logger.info({ pid: process.pid }, 'ready')
  const signal = await ended
  logger.info({ signal }, 'ending')
  await notifySystemd(NOTIFY_SOCKET, '--stopping')
  await master.close()
  return EXIT.DONE
}
