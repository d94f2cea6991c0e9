/** A daemon as a process: it starts, runs until a signal ends it, and its log is written out. */
import { type Daemon, giveBackMemory, notifySystemd } from '../daemon/index.ts'
import { background, handlers, monotonic } from '../values/index.ts'
import type { Invocation } from './command.ts'
import { descriptorSink } from './log-sink.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Settings } from './settings/table.ts'
import { untilEnded } from './signals.ts'
import { EXIT } from './synopsis.ts'

/** How long a daemon may take from the signal to its end, in milliseconds: what hangs then, as a disk that is gone, is left. */
const END_DEADLINE = 20_000
/** How long the rest of the log may take at the end, in milliseconds: a full disk or a reader that stalls loses it. */
const LOG_DEADLINE = 1000
const STDERR = 2

/**
 * Starts a daemon, tells systemd and the log when it is ready, runs it until SIGTERM or SIGINT, and resolves to the exit code.
 * A `start` that resolves to undefined has printed why there is nothing to run. A signal that comes while it starts ends it once
 * it has started, else at the deadline.
 */
export async function runDaemon(
  { settings }: Invocation,
  start: (logger: Logger) => Promise<Daemon | undefined>,
  endDeadline = END_DEADLINE,
): Promise<number> {
  return loggingTo(settings, (logger) => runUntilEnded(logger, start, endDeadline))
}

/** Runs what is no command that ends at once: it logs, no handler ends it, and its log is written out at the end. */
export async function loggingTo(
  { logFormat, logLevel }: Pick<Settings, 'logFormat' | 'logLevel'>,
  run: (logger: Logger) => Promise<number>,
): Promise<number> {
  process.umask(0o022)
  const sink = descriptorSink(STDERR, monotonic)
  const logger = createLogger(logFormat, logLevel, sink)
  keepAlive(logger)
  giveBackMemory(logger)
  try {
    return await run(logger)
  } finally {
    await sink.flush(LOG_DEADLINE)
  }
}

async function runUntilEnded(
  logger: Logger,
  start: (logger: Logger) => Promise<Daemon | undefined>,
  endDeadline: number,
): Promise<number> {
  const { NOTIFY_SOCKET } = process.env
  let daemon: Daemon | undefined
  let isEnding = false
  const ended = untilEnded(() => daemon?.hangup(), monotonic).then((signal) => {
    isEnding = true
    logger.info({ signal }, 'ending')
    const giveUp = (): never => process.exit(EXIT.FAILED)
    background.after(endDeadline, handlers.guard('end deadline', giveUp, giveUp))
  })
  daemon = await start(logger)
  if (daemon === undefined) return EXIT.FAILED
  if (!isEnding) {
    await notifySystemd(NOTIFY_SOCKET, '--ready', `--pid=${process.pid}`)
    logger.info({ pid: process.pid }, 'ready')
  }
  await ended
  await notifySystemd(NOTIFY_SOCKET, '--stopping')
  await daemon.close()
  return EXIT.DONE
}

/**
 * Logs what a handler throws. What gets past the guards of all handlers ends a daemon as little: by then nothing is known of
 * what is broken, but look-ups of a whole machine stop where it ends.
 */
function keepAlive(logger: Logger): void {
  const rethrow = (error: unknown): never => {
    throw error
  }
  handlers.logTo(logger)
  process.on('uncaughtException', handlers.guard('uncaught exception', rethrow))
  process.on('unhandledRejection', handlers.guard('unhandled rejection', rethrow))
}

/** Who this process is, for what it makes and claims. */
export function identity(): { readonly pid: number; readonly uid: number } {
  return { pid: process.pid, uid: process.geteuid?.() ?? 0 }
}
