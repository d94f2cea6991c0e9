/** The C library's allocator of this process: what it holds free is given back to the system every now and then. */
import { createRequire } from 'node:module'
import { background, type Clock, handlers, type Log, messageOf } from '../../values/index.ts'

/** How often memory is given back, in milliseconds. It takes less than a millisecond where there is little to give. */
export const GIVE_BACK_EVERY = 10_000

/** Gives back what the allocator holds free. */
type GiveBack = () => void

/** The module that is built from allocator.c: package.json says where it lies. */
const MODULE = '#allocator'

/**
 * Gives memory back every GIVE_BACK_EVERY until the function that comes back is called. The allocator of glibc gives back by
 * itself only what is free at the end of its heap: after a flood of requests the daemon would stay as large as it was at the
 * worst moment, though nearly all of that is free. Where the module that does it can't be loaded, memory is kept; that is
 * logged as debug.
 */
export function giveBackMemory(log: Pick<Log, 'debug'>, clock: Clock = background, load = loadModule): () => void {
  let cancel = (): void => {}
  let giveBack: GiveBack
  try {
    giveBack = load()
  } catch (error) {
    log.debug({ reason: messageOf(error) }, 'free memory is kept: the module that gives it back is missing')
    return cancel
  }
  const again = (): void => {
    cancel = clock.after(
      GIVE_BACK_EVERY,
      handlers.guard('memory given back', () => {
        again()
        giveBack()
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
