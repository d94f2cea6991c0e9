/** The garbage of a daemon that has come to rest: collected once, in place of the timer by which V8 looks for it every 8 s for as long as it runs. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, chores, handlers } from '../../values/index.ts'
import { cpuTime } from './cpu-time.ts'

/** How often is looked whether the daemon rests, in milliseconds. */
export const REST_LOOK_EVERY = 10_000
/** Who used less CPU time than this since the last look rests; who used less than that since the last collection has no garbage to speak of. In milliseconds. */
export const [AT_REST, WORKED] = [20, 100]

/** Collects garbage, and gives back as much as can be. */
type Collect = () => void

/**
 * Collects garbage once after each time of work, when the daemon rests, until the function that comes back is called. Then nothing is left for V8's own look, which
 * would wake a machine that has nothing to do; it is switched off. A daemon that always works is left to V8. `also` is called after each collection.
 */
export function collectAtRest(
  clock: Clock = chores,
  load = loadCollect,
  used = cpuTime,
  also: () => void = () => {},
): () => void {
  let cancel = (): void => {}
  const collect = load()
  let [looked, collected] = [used(), 0]
  const look = (): void => {
    const now = used()
    const rests = now - looked < AT_REST
    const hasWorked = now - collected >= WORKED
    looked = now
    if (!rests || !hasWorked) return
    collect()
    also()
    looked = used()
    collected = looked
  }
  const again = (): void => {
    cancel = clock.after(
      REST_LOOK_EVERY,
      handlers.guard('garbage collected', () => {
        again()
        look()
      }),
    )
  }
  again()
  return () => cancel()
}

/** The collector of this process, in place of V8's own look. */
function loadCollect(): Collect {
  setFlagsFromString('--no-memory-reducer')
  return collector()
}

/**
 * What collects the garbage of this thread at once. V8 gives its collector to scripts of a context that is made after the flag was set. The flag is that of all
 * threads: where another one takes it back at this moment, there is no collector, and each call looks for it again. The flags are those of Node 24; another V8
 * takes no notice.
 */
export function collector(): Collect {
  let collect = exposed()
  return () => {
    collect ??= exposed()
    collect?.({ type: 'major', execution: 'sync' })
  }
}

/** V8's collector; undefined where another thread took the flag back. */
function exposed(): ((options: object) => void) | undefined {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  return collect
}
