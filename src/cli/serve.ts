import type { RunCommand, Terminal } from './command.ts'
import { createLogger, descriptorSink } from './logger.ts'
import { Master, type MasterOptions, NothingToServeError } from './master.ts'
import { notifySystemd } from './neighbours.ts'
import { untilEnded } from './signals.ts'
import { EXIT } from './synopsis.ts'

/** `kickback serve`. */
export const run: RunCommand = async ({ settings, version, terminal }) => {
  process.umask(0o022)
  const logger = createLogger(settings.logFormat, settings.logLevel, descriptorSink(process.stderr.fd))
  const { NOTIFY_SOCKET } = process.env
  const uid = process.geteuid?.() ?? 0
  let hangup = (): void => {}
  const ended = untilEnded(() => hangup())
  const master = await start({ settings, version, logger, pid: process.pid, uid }, terminal)
  if (master === undefined) return EXIT.FAILED
  hangup = () => master.hangup()
  await notifySystemd(NOTIFY_SOCKET, '--ready', `--pid=${process.pid}`)
  logger.info({ pid: process.pid }, 'ready')
  const signal = await ended
  logger.info({ signal }, 'ending')
  await notifySystemd(NOTIFY_SOCKET, '--stopping')
  await master.close()
  return EXIT.DONE
}

/** The daemon, or undefined where there is nothing to serve: the diagnostics are printed as they are. */
async function start(options: MasterOptions, terminal: Terminal): Promise<Master | undefined> {
  try {
    return await Master.start(options)
  } catch (error) {
    if (!(error instanceof NothingToServeError)) throw error
    terminal.complain(`${error.message}\n`)
    return undefined
  }
}
