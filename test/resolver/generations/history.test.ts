import t from 'tap'
import { GenerationHistory, HISTORY_MAX, historyText, parseHistory } from '../../../src/resolver/index.ts'
import { header } from './headers.ts'

const past = (generation: number) => ({
  ...header(generation, generation % 200),
  time: 7,
  cause: `reload ${generation}`,
})

t.test('a history holds a generation by number and digest', async (t) => {
  const history = new GenerationHistory([past(1)])
  history.add(past(2))
  t.ok(history.holds(1, header(1, 1).digest))
  t.ok(history.holds(2, header(2, 2).digest))
  t.notOk(history.holds(1, header(1, 2).digest), 'the same number of another content')
  t.notOk(history.holds(3, header(1, 1).digest))
})

t.test('the oldest are forgotten', async (t) => {
  const history = new GenerationHistory()
  for (let i = 0; i <= HISTORY_MAX; i++) history.add(past(i))
  t.equal(history.past.length, HISTORY_MAX)
  t.notOk(history.holds(0, past(0).digest))
  t.ok(history.holds(1, past(1).digest))
})

t.test('its text is read back, without the lines that a crash has damaged', async (t) => {
  const text = historyText([past(1), past(2)])
  t.match(parseHistory(text), [
    { generation: 1, time: 7, cause: 'reload 1' },
    { generation: 2, contentTime: 0, forcedAt: 0 },
  ])
  t.same(historyText(parseHistory(text)), text)
  t.equal(parseHistory(text.slice(0, -9)).length, 1)
  t.same(parseHistory('{}\nnull\n[]\n"x"\n{"generation":-1}\n'), [])
})
