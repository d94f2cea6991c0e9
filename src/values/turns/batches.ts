/** Batches of something that is to be done to very many, so that other work of the event loop has its turns between. */
import { defer } from '../clock.ts'
import { handlers } from '../handlers.ts'

/**
 * Does the same to each, `size` of them at once and as many in each turn of the event loop after this one. What is thrown for one
 * costs no more than those after it in its batch.
 */
export function inBatches<T>(items: readonly T[], size: number, each: (item: T) => void): void {
  let begun = 0
  const work = (): void => {
    const batch = items.slice(begun, begun + size)
    begun += size
    if (begun < items.length) defer(handlers.guard('next batch', work, work))
    for (const item of batch) each(item)
  }
  work()
}
