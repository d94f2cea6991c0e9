/** The C library's allocator of this process: what it holds free is given back to the system every now and then. */
import { createRequire } from 'node:module'
import { type Clock, chores, handlers, type Log, messageOf } from '../../values/index.ts'
import { cpuTime } from './cpu-time.ts'

/** How often memory is given back, in milliseconds. It takes less than a millisecond where there is little to give. */
export const GIVE_BACK_EVERY = 10_000
/** How much CPU time the process must have used since, in milliseconds: who did nothing has nothing new to give. */
export const GIVE_BACK_AFTER = 20

/** Gives back what the allocator holds free. */
type GiveBack = () => void

/** The module that is built from allocator.c: package.json says where it lies. */
const MODULE = '#allocator'

/**
 * Gives memory back every GIVE_BACK_EVERY, if the process has worked meanwhile, until the function that comes back is called. The allocator of glibc gives back by
 * itself only what is free at the end of its heap: after a flood of requests the daemon would stay as large as it was at the
 * worst moment, though nearly all of that is free. Where the module that does it can't be loaded, memory is kept; that is
 * logged as debug.
 */
export function giveBackMemory(
  log: Pick<Log, 'debug'>,
  clock: Clock = chores,
  load = loadModule,
  used = cpuTime,
): () => void {
  let cancel = (): void => {}
  let giveBack: GiveBack
  try {
    giveBack = load()
  } catch (error) {
    log.debug({ reason: messageOf(error) }, 'free memory is kept: the module that gives it back is missing')
    return cancel
  }
  let before = Number.NEGATIVE_INFINITY
  const giveBackIfUsed = (): void => {
    if (used() - before < GIVE_BACK_AFTER) return
    giveBack()
    before = used()
  }
  const again = (): void => {
    cancel = clock.after(
      GIVE_BACK_EVERY,
      handlers.guard('memory given back', () => {
        again()
        giveBackIfUsed()
      }),
    )
  }
  again()
  return () => cancel()
}

function loadModule(): GiveBack {
  const { giveBack } = createRequire(import.meta.url)(MODULE) as { giveBack: GiveBack }
  return giveBack
}
