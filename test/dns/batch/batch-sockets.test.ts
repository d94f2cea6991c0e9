import t from 'tap'
import { until } from '../../patience.ts'
import { askUdp, query } from '../client.ts'
import { snapshotOf, startServer } from '../cluster.ts'
import { nativePackets } from './native.ts'

/** How many generations follow the first one. */
const GENERATIONS = 5
/** A configuration that each generation has another of: one with the same hosts keeps what is ready. */
const configOf = (generation: number): string => `nodes ${10 + generation}\niprange 10.1.1.0 10.1.1.99\n`
const REQUEST = query('n1.cluster.internal', 'A')

for (const logQueries of [false, true]) {
  const how = logQueries ? ', where queries are logged too' : ''
  t.test(`the memory of a generation's ready answers is given back with the next generation${how}`, async (t) => {
    const native = nativePackets()
    let released = 0
    const packets = {
      ...native,
      release(table: Parameters<typeof native.release>[0]): void {
        released++
        native.release(table)
      },
    }
    const server = await startServer(snapshotOf(configOf(0)), { logQueries }, { packets })
    t.teardown(() => server.close())
    for (let i = 1; i <= GENERATIONS; i++) {
      for (let asked = 0; asked < 2; asked++) t.ok(await askUdp(server.endpoints[0]?.port ?? 0, REQUEST))
      server.serve(snapshotOf(configOf(i), 100 + i))
      await until(() => released === i, 'the one before is given back')
    }
    t.equal(server.counters.batched > 0, !logQueries, 'queries that are logged are seen one by one')
  })
}
