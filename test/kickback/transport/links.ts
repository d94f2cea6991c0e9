// A listener with the first link that comes in, for the tests of this folder.
import type { Link, Listener, Place } from '../../../src/kickback/transport/link.ts'
import { listen } from '../../../src/kickback/transport/listener.ts'
import { monotonic } from '../../../src/values/index.ts'
import type { Tap } from '../../folder.ts'

/** A listener and the first link that comes in; what goes wrong is kept. */
export async function listening(
  t: Tap,
  place: Place,
): Promise<{ listener: Listener; first: Promise<Link>; errors: Error[] }> {
  const errors: Error[] = []
  let came: (link: Link) => void
  const first = new Promise<Link>((resolve) => {
    came = resolve
  })
  const listener = await listen(place, {
    clock: monotonic,
    maxConnections: 10,
    onLink: (link) => came(link),
    onError: (error) => errors.push(error),
  })
  t.teardown(async () => {
    const closed = listener.close()
    ;(await Promise.race([first, undefined]))?.destroy()
    await closed
  })
  return { listener, first, errors }
}

/** A deadline that no test reaches. */
export const soon = (): number => monotonic.now() + 20_000

/** All that a link receives until it ends. */
export function received(link: Link): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    link.listen({
      onData: (chunk) => chunks.push(chunk),
      onDrained: () => {},
      onClosed: () => resolve(Buffer.concat(chunks)),
    })
  })
}
