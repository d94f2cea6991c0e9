/** A front for tests: calls with each public snapshot that a daemon serves. */
import type { Front } from '../../../src/daemon/fronts/front.ts'
import type { Served } from '../../../src/daemon/served.ts'
import type { Snapshot } from '../../../src/resolver/index.ts'

/** Calls `hear` with each public snapshot, the first included. */
export function heard(hear: (snapshot: Snapshot) => void): Front {
  let last: Snapshot | undefined
  const serve = async ({ public: snapshot }: Served): Promise<void> => {
    if (snapshot === undefined || snapshot === last) return
    last = snapshot
    hear(snapshot)
  }
  return { name: 'test', open: serve, serve, close: async () => {} }
}
