/** Fronts: what answers others from a generation, writes it, or shows it to them. */
import { handlers, type Log } from '../../values/index.ts'
import type { Served } from '../served.ts'

/** One front of a daemon. */
export interface Front {
  /** What the log calls it. */
  readonly name: string
  /** Opens, with what is served then. Rejects if it can't be had. */
  open(first: Served): Promise<void>
  /** Goes on with this generation. Each snapshot that did not change is the same object as before. */
  serve(now: Served): Promise<void>
  /** Ends: no more answers. */
  close(): Promise<void>
}

/** A front that no caller waits for, not at its opening either: its errors are logged. */
export function unawaited(front: Front, log: Pick<Log, 'error'>): Front {
  const tried = async (step: Promise<void>): Promise<void> => {
    try {
      await step
    } catch (error) {
      log.error({ err: error, front: front.name }, 'a front cannot be had')
    }
  }
  return {
    name: front.name,
    open: async (first) => handlers.float('front of a node', () => tried(front.open(first))),
    serve: async (now) => handlers.float('front of a node', () => tried(front.serve(now))),
    close: () => front.close(),
  }
}
