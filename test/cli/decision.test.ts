import t from 'tap'
import { buildCandidate, NO_SNAPSHOTS } from '../../src/cli/candidate.ts'
import { type CurrentPair, decide, stampPair } from '../../src/cli/decision.ts'
import { Snapshot } from '../../src/resolver/index.ts'
import { absentFile, RULES, readFile, sourcesOf } from './sources.ts'

const NOTHING: CurrentPair = { public: undefined, shadow: undefined }
const candidateOf = (sources = sourcesOf(100), current = NOTHING) =>
  buildCandidate(
    {
      sources,
      rules: RULES,
      before: { ...NO_SNAPSHOTS, public: current.public?.bytes, shadow: current.shadow?.bytes },
    },
    () => undefined,
  )
/** The pair of these sources as if it were served, with a generation. */
function served(sources = sourcesOf(100), generation = 5000): CurrentPair {
  const { built = NO_SNAPSHOTS } = candidateOf(sources)
  stampPair(built, NOTHING, generation, () => new Uint8Array(64).fill(7))
  const open = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Snapshot.open(bytes))
  return { public: open(built.public), shadow: open(built.shadow) }
}

t.test('the first candidate without errors is published', async (t) => {
  const candidate = candidateOf()
  t.match(decide(candidate, NOTHING, false), { kind: 'publish', pair: candidate.built })
})

t.test('errors are refused, forced or not', async (t) => {
  const sources = sourcesOf(1, { config: readFile('config', 'nodes x\nhost zz\n') })
  for (const force of [false, true]) {
    t.match(decide(candidateOf(sources), NOTHING, force), { kind: 'refused', reason: /^2 errors: config:1:7: error: / })
  }
})

t.test('the same content is unchanged, whatever its number', async (t) => {
  const current = served()
  t.same(decide(candidateOf(sourcesOf(100), current), current, false), { kind: 'unchanged' })
})

t.test('only the snapshot that changed is published', async (t) => {
  const current = served()
  const sources = sourcesOf(100, { shadow: readFile('shadow', 'u0:*:1:0:9:7:::\n') })
  const decision = decide(candidateOf(sources, current), current, true)
  t.match(decision, { kind: 'publish', pair: { public: undefined, shadow: Uint8Array } })
})

t.test('a shadow file that cannot be read leaves the last one in force', async (t) => {
  const current = served()
  const candidate = candidateOf(sourcesOf(100, { shadow: absentFile('shadow') }), current)
  t.same(decide(candidate, current, false), { kind: 'unchanged' })
})

t.test('the brake holds from ten records and a tenth on, and where a database is emptied', async (t) => {
  const current = served()
  const kindOf = (users: number, force = false) => decide(candidateOf(sourcesOf(users), current), current, force).kind
  t.equal(kindOf(90), 'publish', 'ten of a hundred are a tenth, not more')
  t.equal(kindOf(89), 'refused')
  t.equal(kindOf(89, true), 'publish')
  const few = served(sourcesOf(3))
  t.equal(decide(candidateOf(sourcesOf(1), few), few, false).kind, 'publish', 'two of three are fewer than ten')
  const none = decide(candidateOf(sourcesOf(0), few), few, false)
  t.match(none, { kind: 'refused', reason: /3 of 3 records of passwd.*kickback reload --force/ })
})

t.test('a generation is one more than the last, or the time of the newest input', async (t) => {
  const generationAfter = (last: number, mtime: number) => {
    const current = served(sourcesOf(3), last)
    const { built = NO_SNAPSHOTS } = candidateOf(sourcesOf(4))
    stampPair(built, current, mtime, () => new Uint8Array(64).fill(9))
    return Snapshot.open(built.public ?? new Uint8Array(0)).generation
  }
  t.equal(generationAfter(5000, 4000), 5001)
  t.equal(generationAfter(5000, 5001), 5001)
  t.equal(generationAfter(5000, 9000), 9000)
})

t.test(
  'a rule that loses users counts as any loss: after an upgrade or a change of login.defs nothing goes unseen',
  async (t) => {
    const names = Array.from({ length: 40 }, (_, i) => i)
    const passwd = readFile('passwd', names.map((i) => `u${i}:x:${59_980 + i}:100::/:/bin/sh\n`).join(''))
    const generous = readFile('login.defs', 'UID_MAX 60100\n')
    const withLimit = (loginDefs = generous) => sourcesOf(1, { passwd, loginDefs })
    const current = served(withLimit())
    t.equal(current.public?.count('passwd'), 21, 'those above 60000 are reserved')
    const strict = readFile('login.defs', 'UID_MAX 59989\n')
    t.match(decide(candidateOf(withLimit(strict), current), current, false), {
      kind: 'refused',
      reason: /11 of 21 records of passwd/,
    })
  },
)
