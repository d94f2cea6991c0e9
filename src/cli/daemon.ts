/** A daemon as a process: it starts, runs until a signal ends it, and its log is written out. */
import { type Daemon, giveBackMemory, NOTIFY_VARIABLES, type ServiceManager, serviceManager } from '../daemon/index.ts'
import { background, handlers, monotonic } from '../values/index.ts'
import type { Invocation } from './command.ts'
import { descriptorSink } from './log-sink.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Settings } from './settings/table.ts'
import { untilEnded } from './signals.ts'
import { EXIT } from './synopsis/row.ts'

/** How long a daemon may take from the signal to its end, in milliseconds: what hangs then, as a disk that is gone, is left. */
const END_DEADLINE = 20_000
/** How long the rest of the log may take at the end, in milliseconds: a full disk or a reader that stalls loses it. */
const LOG_DEADLINE = 1000
/**
 * How long a daemon without a generation counts as not ready, in milliseconds: what waits for the names of the cluster waits for the
 * first one, but a node whose masters are all off has to boot. The units allow a start more time than this.
 */
const READY_DEADLINE = 90_000
const STDERR = 2

/** The option of V8 with which bin/kickback and the launcher start Node where the kernel refuses it memory for a compiler. */
export const NO_COMPILER = '--jitless'

/** What is logged at that deadline. */
const NOT_READY =
  'there is no generation yet, and nothing is kept waiting any longer: what needs the names of the cluster starts without them'

/** What is logged where Node was started without its compiler. */
const SLOW =
  'the kernel refuses the memory in which Node compiles: this daemon does all that it does elsewhere, but more slowly. Under SELinux install the policy module kickback of the package libnss-kickback; in a unit remove MemoryDenyWriteExecute'

/** The deadlines of a daemon's process, in milliseconds. */
interface Deadlines {
  /** From the signal to the end. */
  readonly end: number
  /** From the start to being ready. */
  readonly ready: number
}

const DEADLINES: Deadlines = { end: END_DEADLINE, ready: READY_DEADLINE }

/** What a daemon is started with by its process. */
interface DaemonStart {
  readonly logger: Logger
  /** To be called when a reload begins, and with false when it has ended. */
  readonly reloading: (isReloading: boolean) => void
}

/** Starts a daemon. One that resolves to undefined has printed why there is nothing to run. */
type Start = (given: DaemonStart) => Promise<Daemon | undefined>

/**
 * Starts a daemon, tells systemd and the log when it is ready, runs it until SIGTERM or SIGINT, and resolves to the exit code.
 * A signal that comes while it starts ends it once it has started, else at the deadline.
 */
export async function runDaemon({ settings }: Invocation, start: Start, deadlines = DEADLINES): Promise<number> {
  return loggingTo(settings, (logger) => runUntilEnded(logger, start, deadlines))
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

async function runUntilEnded(logger: Logger, start: Start, deadlines: Deadlines): Promise<number> {
  const manager = serviceManager(process.env, process.pid, logger)
  if (process.execArgv.includes(NO_COMPILER)) logger.warn({}, SLOW)
  // They are for this process: its children must not take them for theirs.
  for (const name of NOTIFY_VARIABLES) delete process.env[name]
  let daemon: Daemon | undefined
  let isEnding = false
  const ended = untilEnded(() => daemon?.hangup(), monotonic).then((signal) => {
    isEnding = true
    logger.info({ signal }, 'ending')
    const giveUp = (): never => process.exit(EXIT.FAILED)
    background.after(deadlines.end, handlers.guard('end deadline', giveUp, giveUp))
  })
  const reloading = (isReloading: boolean): void => manager?.reloading(isReloading)
  daemon = await start({ logger, reloading })
  if (daemon === undefined) return EXIT.FAILED
  logger.info({ pid: process.pid }, 'started')
  manager?.starting(daemon.state)
  if (!isEnding) await Promise.race([ended, untilReady(daemon, logger, deadlines.ready)])
  if (!isEnding) tellReady(daemon, manager, logger)
  await ended
  manager?.stopping()
  await daemon.close()
  return EXIT.DONE
}

/** Resolves once the daemon has a generation, and at the deadline at the latest. */
async function untilReady(daemon: Daemon, logger: Logger, deadline: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const expire = (): void => {
      logger.warn({ state: daemon.state }, NOT_READY)
      resolve()
    }
    const cancel = background.after(deadline, handlers.guard('readiness deadline', expire))
    handlers.float('readiness', async () => {
      await daemon.ready
      cancel()
      resolve()
    })
  })
}

function tellReady(daemon: Daemon, manager: ServiceManager | undefined, logger: Logger): void {
  manager?.ready(() => daemon.state)
  logger.info({ pid: process.pid }, 'ready')
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
