import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type StageOutcome, StageText } from '../../../src/config/edits/stages.ts'

const example = readFileSync(new URL('../../../examples/config', import.meta.url))

/** The text after moves from these stages, and what became of them. */
function moved(text: string | Buffer, ...moves: readonly (readonly [number: number, from: string])[]) {
  const bytes = Buffer.from(text as string, 'latin1')
  const { bytes: after, outcomes } = new StageText(bytes).moved(moves.map(([number, from]) => ({ number, from })))
  return { text: Buffer.from(after).toString('latin1'), outcomes, isSame: after === bytes }
}

const kinds = (outcomes: readonly StageOutcome[]) => outcomes.map(({ kind }) => kind).join(' ')

t.test('when the image has been sent the stage moves to the next step, in the text itself', async (t) => {
  const advanced = (line: string, from = 'pxe') => moved(line, [0, from]).text
  t.equal(advanced('node 0 c pxe+local pxe'), 'node 0 c pxe+local local')
  t.equal(advanced('node 0 c pxe+local local', 'local'), 'node 0 c pxe+local local', 'the last step stays')
  t.equal(advanced('node 0 scyld pxe pxe'), 'node 0 scyld pxe pxe', 'pxe pxe never moves')
  t.equal(advanced('node 0 c pxe+pxe pxe'), 'node 0 c pxe+pxe pxe')
  t.equal(advanced('node 0 c local+pxe "local"', 'local'), 'node 0 c local+pxe pxe')
  t.equal(advanced('node 0:0:0:0:0:1'), 'node 0:0:0:0:0:1', 'nothing to move')
})

t.test('a line without a stage is at its first step, and gets the word after its sequence', async (t) => {
  t.equal(moved('node 0 c pxe+local', [0, 'pxe']).text, 'node 0 c pxe+local local')
  t.equal(
    moved('node c "pxe+local"\t0:0:0:0:0:1 # x\r\n', [0, 'pxe']).text,
    'node c "pxe+local" local\t0:0:0:0:0:1 # x\r\n',
  )
  t.equal(moved('node 0:0:0:0:0:1 c 0:0:0:0:0:2 pxe+local 0:0:0:0:0:3', [0, 'pxe']).text.split(' local ').length, 2)
  t.equal(new StageText(Buffer.from('node c pxe+local')).stageOf(0), 'pxe')
  t.equal(new StageText(Buffer.from('node c local+pxe')).stageOf(0), 'local')
})

t.test('a report of another stage than that of the text changes nothing', async (t) => {
  const late = moved('node 0 c pxe+local local', [0, 'pxe'])
  t.ok(late.isSame)
  t.same(late.outcomes, [{ kind: 'kept', stage: 'local' }])
  t.same(moved('node 0 c pxe+local pxe', [0, 'local']).outcomes, [{ kind: 'kept', stage: 'pxe' }])
  const twice = moved('node 0 c pxe+local pxe\nnode 1 c pxe+local', [0, 'pxe'], [0, 'pxe'], [1, 'pxe'], [1, 'pxe'])
  t.equal(twice.text, 'node 0 c pxe+local local\nnode 1 c pxe+local local')
  t.equal(kinds(twice.outcomes), 'moved kept moved kept')
  const back = moved('node 0 c pxe+local+pxe', [0, 'pxe'], [0, 'local'])
  t.equal(back.text, 'node 0 c pxe+local+pxe local', 'one step at a time')
})

t.test('a move tells the line before and after, without its line end', async (t) => {
  const { outcomes } = moved('\xef\xbb\xbfnode c pxe+local pxe # x\r\nnode\n', [0, 'pxe'])
  t.same(outcomes, [
    { kind: 'moved', to: 'local', line: 1, before: 'node c pxe+local pxe # x', after: 'node c pxe+local local # x' },
  ])
})

t.test('a node without a line, with several, or without a sequence is refused, and the others move', async (t) => {
  const { text, outcomes } = moved(
    'node 3 c pxe+local\nnode 4 c\nnode 5 c pxe+local\nnode 5 c pxe+local\n#node 9 c pxe+local\n',
    ...([9, 5, 4, 3].map((number) => [number, 'pxe']) as [number, string][]),
  )
  t.equal(text, 'node 3 c pxe+local local\nnode 4 c\nnode 5 c pxe+local\nnode 5 c pxe+local\n#node 9 c pxe+local\n')
  t.equal(kinds(outcomes), 'refused refused refused moved')
  t.match(outcomes, [
    { reason: 'node 9 has no line of its own' },
    { reason: 'node 5 has two lines, 3 and 4' },
    { reason: 'the line of node 4 has no boot sequence' },
  ])
})

t.test('only the stage changes in the file of the guide', async (t) => {
  const before = example.toString('latin1')
  t.equal(
    moved(before, [15, 'pxe']).text,
    before.replace('node 15 centos5u4 pxe+local pxe', 'node 15 centos5u4 pxe+local local'),
  )
})

/** A node line whose words stand in any way, with its stage and where another would stand. */
const drawnLine = fc
  .record({
    isNumbered: fc.boolean(),
    sequence: fc.constantFrom('pxe', 'pxe+local', 'local+pxe', 'pxe+local+pxe', 'pxe+pxe'),
    stage: fc.constantFrom(undefined, 0, 1, 2),
    macs: fc.array(fc.constantFrom('0:a0:d1:0:0:1', 'off', '00-00-00-00-00-02'), { maxLength: 2 }),
    macAt: fc.nat(3),
    quotes: fc.constantFrom('', '"', "'"),
    gap: fc.constantFrom(' ', '\t', '   '),
    comment: fc.constantFrom('', ' # pxe local', '#\xe9 "', '\t'),
    end: fc.constantFrom('\n', '\r\n', '\n# pxe+local pxe\n', '\nhost - 10.0.0.9 a # node 0\n', '\nbad "\xff\n'),
  })
  .map((drawn) => ({ ...drawn, steps: drawn.sequence.split('+') }))

/** A file of such lines, and which stages are reported. */
const drawnFile = fc.record({
  lines: fc.array(drawnLine, { minLength: 1, maxLength: 12 }),
  moves: fc.array(fc.tuple(fc.nat(13), fc.constantFrom('pxe', 'local')), { maxLength: 12 }),
  hasMark: fc.boolean(),
})

t.test('a batch of moves keeps all other bytes, and moves exactly the stages that were reported', async (t) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(drawnFile, ({ lines, moves, hasMark }) => {
      const stages = lines.map(({ steps, stage }) => (stage === undefined ? steps[0] : steps[stage % steps.length]))
      const written = (isMoved: boolean): string => {
        const parts = lines.map(({ isNumbered, sequence, steps, stage, macs, macAt, quotes, gap, comment, end }, i) => {
          const now = stages[i] ?? ''
          const reported = moves.find(([number]) => number === i && moves.some(([n, f]) => n === i && f === now))
          const next = steps[steps.indexOf(now) + 1]
          const move = isMoved && reported !== undefined && next !== undefined && next !== now
          const quoted = `${quotes}${now}${quotes}`
          const word = move ? next : stage === undefined ? undefined : quoted
          // A new word follows the sequence by one space; one that stood keeps what is around it.
          const tail = word === undefined ? '' : stage === undefined ? ` ${word}` : `${gap}${word}`
          const words = ['c', `${quotes}${sequence}${quotes}${tail}`]
          const all = words.toSpliced(Math.min(macAt, words.length), 0, ...macs)
          return `node${isNumbered ? `${gap}${i}` : ''}${gap}${all.join(gap)}${comment}${end}`
        })
        return `${hasMark ? '\xef\xbb\xbf' : ''}${parts.join('')}`
      }
      const { text, outcomes } = moved(written(false), ...moves)
      for (const { kind } of outcomes) seen.add(kind)
      if (text !== written(true))
        throw new Error(`${JSON.stringify(text)}\nshould be\n${JSON.stringify(written(true))}`)
    }),
    { interruptAfterTimeLimit: 1500, numRuns: 100_000 },
  )
  t.same([...seen].sort(), ['kept', 'moved', 'refused'])
})
