/** The silence of a master that is followed: noticed within ten seconds, whatever else is asked of it meanwhile. */
import { type Clock, sleep } from '../../values/index.ts'
import { type KickbackClient, ServiceError } from './client.ts'

/** In milliseconds since a master was heard last: when it is asked for a sign of life, and when the connection is closed. */
interface Silence {
  readonly asked: number
  readonly longest: number
}

/** For a master that sends no signs of life by itself. */
const UNASKED: Silence = { asked: 6_000, longest: 10_000 }
/** How long after its time a sign of life is missed, and how long the answer to the question for it may take, in milliseconds. */
const [MISSED, PATIENCE] = [500, 1500]
/** How long the answer itself may take: what else comes meanwhile is a sign of life too, as the chunks of a transfer. */
const ANSWER = 90_000

/** By how much the end of a wait may come too late, in milliseconds: later, this process itself is to blame. */
const LATE = 500

/** The part of a client that is watched. */
type Watched = Pick<KickbackClient, 'heard' | 'onHeard' | 'sign' | 'close'>

/**
 * Closes the connection once its service was silent for too long, though it was asked; resolves then, or when `ended` aborts. Never
 * rejects. `beat` is after how many seconds a sign of life comes by itself: then nothing wakes this machine but that. The sign of life is
 * no proof, which costs the master a signature.
 */
export async function watchSilence(
  client: Watched,
  clock: Clock,
  beat: number | undefined,
  ended: AbortSignal,
): Promise<void> {
  const { asked: quiet, longest } = beat === undefined ? UNASKED : silenceAfter(beat)
  while (!ended.aborted) {
    await silence(client, clock, quiet, ended)
    if (ended.aborted) return
    // Who was stopped, or gets no processor, knows nothing of the master: what it answered is still to be read.
    const asked = clock.now()
    await answered(client, clock, longest - quiet, ended)
    const isLate = clock.now() - asked - (longest - quiet) > LATE
    if (client.heard >= asked || isLate || ended.aborted) continue
    client.close(new ServiceError('timeout', `it was silent for ${longest / 1000} seconds`))
    return
  }
}

function silenceAfter(beat: number): Silence {
  const asked = beat * 1000 + MISSED
  return { asked, longest: asked + PATIENCE }
}

/** Waits until nothing was heard for so long. Whatever is heard begins the wait anew: one that ends early would wake this machine. */
async function silence(client: Watched, clock: Clock, ms: number, ended: AbortSignal): Promise<void> {
  for (;;) {
    const left = ms - (clock.now() - client.heard)
    if (left <= 0 || ended.aborted) return
    const heard = new AbortController()
    client.onHeard(() => heard.abort())
    await sleep(clock, left, AbortSignal.any([heard.signal, ended]))
  }
}

/** Waits for a sign of life, as long as that may take. */
async function answered(client: Watched, clock: Clock, ms: number, ended: AbortSignal): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const late = sleep(clock, ms, AbortSignal.any([ended, over.signal]))
  await Promise.race([client.sign(ANSWER).then(end, end), late])
  end()
}
