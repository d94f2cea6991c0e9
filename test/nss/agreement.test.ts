// The C module and the TypeScript look-ups read one snapshot by two programs: on any of them they must say the same.
import fc from 'fast-check'
import t from 'tap'
import { hostNamed } from '../../src/resolver/answers/spellings.ts'
import { askersOwn, DATABASES, type Snapshot } from '../../src/resolver/index.ts'
import { ip } from '../addresses.ts'
import { anyCluster } from '../resolver/clusters.ts'
import { snapshotOf, sourcesOf } from '../resolver/configs.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir } from './rundir.ts'

const CLUSTERS = 25
const NAMES = 150

/** Names that are nearly spellings: stored ones in other cases, numbers, signs, dots and domains put together at random. */
function namesOf(snapshot: Snapshot, seed: number): string[] {
  const stored = Array.from(snapshot.entries('hosts'), (host) => host.names).flat()
  const part = fc.constantFrom(
    ...stored,
    ...snapshot.patterns().flatMap(({ prefix, suffix }) => [prefix, suffix]),
    ...['.', '+', '-1', '-2', '0', '00', '7', '15', '2147483647', 'master', 'self', 'n'],
    ...['.cluster.internal', '.Cluster.Internal.', '.example.org', 'x'],
  )
  const name = fc
    .tuple(fc.array(part, { maxLength: 4 }), fc.boolean())
    .map(([parts, upper]) => (upper ? parts.join('').toUpperCase() : parts.join('')))
  return fc.sample(name, { seed, numRuns: NAMES })
}

/** What a name means, as the table of spellings writes it. */
function meaning(snapshot: Snapshot, name: string): string {
  const record = hostNamed(snapshot, name)
  if (record !== undefined) return DATABASES.hosts.decode(record).names[0] ?? ''
  return askersOwn(snapshot, name) === undefined ? 'NOTFOUND' : 'ASK'
}

t.test('in any cluster a name means in C what it means in TypeScript', { skip: noCompiler }, async (t) => {
  let found = 0
  for (const [seed, cluster] of fc.sample(anyCluster, CLUSTERS).entries()) {
    const interfaceAddresses = seed % 2 === 0 ? [ip('10.252.0.1')] : []
    const snapshot = snapshotOf({ ...sourcesOf(''), cluster, interfaceAddresses })
    const names = namesOf(snapshot, seed)
    const run = new RunDir()
    run.publishBytes(snapshot.bytes)
    const answers = asked(
      run.path,
      names.map((name) => `ask 9999 hosts:chain:${name}`),
    ).map(answerOf)
    run.remove()
    for (const [i, name] of names.entries()) {
      const { status = '', text = '' } = answers[i] ?? {}
      if (status === 'SUCCESS') found++
      const said = status === 'SUCCESS' ? text.split(/[ :]/)[1] : status
      const expected = meaning(snapshot, name)
      // Nobody is there to ask: self is nobody, a master the first one if there is any.
      const allowed = expected === 'ASK' ? ['UNAVAIL', 'master0'] : [expected]
      if (said !== undefined && allowed.includes(said)) continue
      t.fail(`${JSON.stringify(name)}: ${said}, not ${expected}`, { nodenames: cluster.nodenames, number: seed })
    }
  }
  t.ok(found > CLUSTERS * 10, `${found} names of ${CLUSTERS * NAMES} were found`)
})
