import t from 'tap'
import { buildCandidate, NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { decide } from '../../../src/daemon/judge/decision.ts'
import { chooseSources } from '../../../src/daemon/judge/source-choice.ts'
import type { Served } from '../../../src/daemon/served.ts'
import type { Sources } from '../../../src/daemon/sources/source.ts'
import { Snapshot, stamp } from '../../../src/resolver/index.ts'
import { absentFile, RULES, readFile, sourcesOf } from '../sources.ts'

const NOTHING: Served = { public: undefined, shadow: undefined }
const candidateOf = (sources = sourcesOf(100), current = NOTHING) =>
  buildCandidate(
    {
      sources,
      rules: RULES,
      before: { ...NO_SNAPSHOTS, public: current.public?.bytes, shadow: current.shadow?.bytes },
      today: 0,
    },
    () => [],
  )
/** The pair of these sources as if it were served, with a generation. */
function served(sources = sourcesOf(100), generation = 5000): Served {
  const { built = NO_SNAPSHOTS } = candidateOf(sources)
  for (const bytes of [built.public, built.shadow]) if (bytes !== undefined) stamp(bytes, { generation })
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
  const shadow = Buffer.from(sourcesOf(100).shadow.bytes).toString().replace('u0:!:', 'u0:*:')
  const sources = sourcesOf(100, { shadow: readFile('shadow', shadow) })
  const decision = decide(candidateOf(sources, current), current, false)
  t.match(decision, { kind: 'publish', pair: { public: undefined, shadow: Uint8Array } })
})

t.test('a shadow file that cannot be read leaves the last one in force', async (t) => {
  const current = served()
  const candidate = candidateOf(sourcesOf(100, { shadow: absentFile('shadow') }), current)
  t.same(decide(candidate, current, false), { kind: 'unchanged' })
})

t.test('the loss limit holds from ten records and a tenth on, and where a database is emptied', async (t) => {
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

t.test('a file that is emptied is held up alone, in a small cluster too: what the others say is taken', async (t) => {
  const before = sourcesOf(3)
  const current = served(before)
  const config = readFile('config', `${before.config.bytes}hostrange 10.0.0.20 10.0.0.29\nhost - 10.0.0.20 nas\n`)
  const judge = async (sources: Sources) => {
    const candidate = candidateOf(sources, current)
    return { candidate, decision: decide(candidate, current, false) }
  }
  for (const [name, empty] of [
    ['passwd', readFile('passwd', '')],
    ['group', readFile('group', '')],
    ['shadow', readFile('shadow', '')],
  ] as const) {
    const choice = await chooseSources({ ...before, config, [name]: empty }, before, true, judge)
    t.match(choice, { decision: { kind: 'publish' }, held: new Map([[name, /records? of/]]) }, name)
  }
})

t.test('a forced reload makes a public generation even where no record changed', async (t) => {
  const current = served()
  const candidate = candidateOf(sourcesOf(100), current)
  t.match(decide(candidate, current, true), { kind: 'publish', pair: { public: Uint8Array, shadow: undefined } })
})

t.test('while content is pinned only shadow follows the sources, and a loss of the others is none yet', async (t) => {
  const current = served()
  const fewer = sourcesOf(100, { group: readFile('group', '') })
  t.match(decide(candidateOf(fewer, current), current, false), { kind: 'refused' })
  t.same(decide(candidateOf(fewer, current), current, false, true), { kind: 'unchanged' })
  const shadow = Buffer.from(sourcesOf(100).shadow.bytes).toString().replace('u0:!:', 'u0:*:')
  const locked = sourcesOf(101, { shadow: readFile('shadow', shadow) })
  t.match(decide(candidateOf(locked, current), current, false, true), {
    kind: 'publish',
    pair: { public: undefined, shadow: Uint8Array },
  })
  const lost = sourcesOf(100, { shadow: readFile('shadow', '') })
  t.match(decide(candidateOf(lost, current), current, false, true), { kind: 'refused', reason: /records of shadow/ })
  const broken = sourcesOf(100, { config: readFile('config', 'nodes x\n') })
  t.match(decide(candidateOf(broken, current), current, true, true), { kind: 'refused' })
})

t.test('by force pinned content is published again, and not what the sources say', async (t) => {
  const current = served()
  const decision = decide(candidateOf(sourcesOf(20), current), current, true, true)
  t.match(decision, { kind: 'publish' })
  if (decision.kind !== 'publish' || decision.pair.public === undefined) throw new Error('nothing is published')
  t.same(decision.pair.public, current.public?.bytes)
  t.not(decision.pair.public, current.public?.bytes, 'a copy: it gets another header')
})

t.test('warnings are no errors: one error among them is the one that is told', async (t) => {
  const place = { file: 'config', line: 1, column: 2, end: 3, code: 'some-code', related: [] }
  const warning = { ...place, severity: 'warning', message: 'a warning' } as const
  const error = { ...place, severity: 'error', message: 'wrong', excerpt: { text: 'abc', before: 1 } } as const
  const candidate = { ...candidateOf(), built: undefined, diagnostics: [warning, error, warning], errors: 1 }
  t.same(decide(candidate, NOTHING, false), {
    kind: 'refused',
    reason: '1 error: config:1:2: error: wrong [some-code]',
    errors: [error],
  })
  const second = { ...error, line: 2, message: 'wrong too' } as const
  t.match(decide({ ...candidate, diagnostics: [error, second], errors: 2 }, NOTHING, false), {
    reason: '2 errors: config:1:2: error: wrong [some-code]',
    errors: [error, second],
  })
})
