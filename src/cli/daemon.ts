import { handlers } from '../values/index.ts'
import type { Invocation } from './command.ts'
import { createLogger, descriptorSink, type Logger } from './logger.ts'
import { notifySystemd } from './neighbours.ts'
import { untilEnded } from './signals.ts'
import { EXIT } from './synopsis.ts'

/** A daemon that runs. */
export interface Daemon {
  /** SIGHUP came. */
  hangup(): void
  /** Ends, cleanly. */
  close(): Promise<void>
}

/**
 * Starts a daemon, tells systemd and the log when it is ready, runs it until SIGTERM or SIGINT, and resolves to the exit code.
 * A `start` that resolves to undefined has said why there is nothing to run.
 */
export async function runDaemon(
  { settings }: Invocation,
  start: (logger: Logger) => Promise<Daemon | undefined>,
): Promise<number> {
  process.umask(0o022)
  const { NOTIFY_SOCKET } = process.env
  const logger = createLogger(settings.logFormat, settings.logLevel, descriptorSink(process.stderr.fd))
  keepAlive(logger)
  let daemon: Daemon | undefined
  const ended = untilEnded(() => daemon?.hangup())
  daemon = await start(logger)
  if (daemon === undefined) return EXIT.FAILED
  await notifySystemd(NOTIFY_SOCKET, '--ready', `--pid=${process.pid}`)
  logger.info({ pid: process.pid }, 'ready')
  logger.info({ signal: await ended }, 'ending')
  await notifySystemd(NOTIFY_SOCKET, '--stopping')
  await daemon.close()
  return EXIT.DONE
}

/**
 * Logs what a handler throws. What gets past the guards of all handlers ends a daemon as little: by then nothing is known of
 * what is broken, but look-ups of a whole machine stop where it ends.
 */
function keepAlive(logger: Logger): void {
  handlers.logTo(logger)
  process.on('uncaughtException', (error) => handlers.unguarded('uncaught exception', error))
  process.on('unhandledRejection', (error) => handlers.unguarded('unhandled rejection', error))
}

/** Who this process is, for what it makes and claims. */
export function identity(): { readonly pid: number; readonly uid: number } {
  return { pid: process.pid, uid: process.geteuid?.() ?? 0 }
}
