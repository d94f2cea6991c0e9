/** The silence of a master that is followed: noticed within ten seconds, whatever else is asked of it meanwhile. */
import { type Clock, sleep } from '../../values/index.ts'
import { type KickbackClient, ServiceError } from './client.ts'

/** In milliseconds since a master was heard last: when it is asked for a sign of life, and when the connection is closed. */
const SILENCE = { asked: 6_000, longest: 10_000 } as const
/** How long the answer itself may take: what else comes meanwhile is a sign of life too, as the chunks of a transfer. */
const ANSWER = 90_000

/** By how much the end of a wait may come too late, in milliseconds: later, this process itself is to blame. */
const LATE = 500

/** The part of a client that is watched. */
type Watched = Pick<KickbackClient, 'heard' | 'sign' | 'close'>

/**
 * Closes the connection once its service was silent for too long, though it was asked; resolves then, or when `ended` aborts. Never
 * rejects. The sign of life is no proof, which costs the master a signature: that one is asked for less often.
 */
export async function watchSilence(client: Watched, clock: Clock, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const quiet = clock.now() - client.heard
    if (quiet < SILENCE.asked) {
      await sleep(clock, SILENCE.asked - quiet, ended)
      continue
    }
    // Who was stopped, or gets no processor, knows nothing of the master: what it answered is still to be read.
    const asked = clock.now()
    await answered(client, clock, SILENCE.longest - SILENCE.asked, ended)
    const isLate = clock.now() - asked - (SILENCE.longest - SILENCE.asked) > LATE
    if (client.heard >= asked || isLate || ended.aborted) continue
    client.close(new ServiceError('timeout', `it was silent for ${SILENCE.longest / 1000} seconds`))
    return
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
