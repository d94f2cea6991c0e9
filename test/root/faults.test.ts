// Faults by chance in a cluster of eleven machines, while all nodes look names up: no answer is wrong, and all is well again afterwards.
import t from 'tap'
import { logFaults } from '../hostile/verdicts.ts'
import { FaultyCluster } from './faults/cluster.ts'
import { Faults } from './faults/faults.ts'

const isLong = process.env.KICKBACK_LONG !== undefined
/** Printed; KICKBACK_SEED gives the first round again. Who looks for new faults takes the long run: in the short one they are the same each time. */
const firstSeed = Number(process.env.KICKBACK_SEED ?? (isLong ? Date.now() % 1_000_000 : 2))
/** How many faults happen between two looks at the whole, and how often: a thousand for `npm run test:long`. */
const FAULTS = 30
const rounds = isLong ? 34 : 1
/** A stack in the bundle of the earlier release, which some daemons run for a while: what was wrong there is mended here, and told here. */
const OF_EARLIER = /\/kickback\/chunk-[0-9A-Z]+\.js/

t.test('faults by chance', { timeout: rounds * 600_000 }, async (t) => {
  const cluster = await FaultyCluster.start(t)
  const faults = new Faults(cluster, (line) => t.comment(line))
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    t.comment(`seed ${seed}`)
    await faults.happen(seed, FAULTS)
    t.same(cluster.wrongs, [], `seed ${seed}: no answer was wrong, and no daemon ended by itself`)
    await cluster.lastUser(round)
    await cluster.inStep()
    await cluster.upToDate()
    t.same(cluster.wrongs, [], `seed ${seed}: all machines have one content, and answer from it`)
    for (const { name, service } of cluster.members) {
      const own = logFaults(service.log).filter((line) => !OF_EARLIER.test(line))
      t.same(own, [], `${name}: no unexpected error`)
    }
    if (!t.passing()) return
    await cluster.standby.service.stop()
  }
})
