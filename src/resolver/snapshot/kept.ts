/** What was read from a snapshot, kept for as long as that lives: a snapshot never changes. */
import type { Snapshot } from './snapshot.ts'

/** The same reading, done at the first call for each snapshot. */
export function oncePerSnapshot<T>(read: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const kept = new WeakMap<Snapshot, { readonly value: T }>()
  return (snapshot) => {
    const known = kept.get(snapshot)
    if (known !== undefined) return known.value
    const value = read(snapshot)
    kept.set(snapshot, { value })
    return value
  }
}
