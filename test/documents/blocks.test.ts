import t from 'tap'
import { blocksOf, isPromised, stepsOf } from './blocks.ts'

t.test('blocks are found with their language and place', async (t) => {
  const page = 'text\n```console\n$ true\n```\nmore\n```\nplain\n\n```\n'
  t.same(blocksOf(page), [
    { language: 'console', lines: ['$ true'], line: 2 },
    { language: '', lines: ['plain', ''], line: 6 },
  ])
  t.throws(() => blocksOf('```sh\n'), /line 1 is not closed/)
})

t.test('a console block is commands, each with its output', async (t) => {
  const block = { language: 'console', lines: ['$ a \\', '  b', 'one', '', '$ c', '$ d', '# two'], line: 1 }
  t.same(stepsOf(block), [
    { command: 'a \\\n  b', output: ['one', ''] },
    { command: 'c', output: [] },
    { command: 'd', output: ['# two'] },
  ])
  t.throws(() => stepsOf({ ...block, lines: ['out'] }), /before the first command/)
})

t.test('output must be what is promised; ... stands for any lines or any text', async (t) => {
  t.ok(isPromised(['a.b', 'c'], 'a.b\nc\n'))
  t.notOk(isPromised(['a.b', 'c'], 'axb\nc\n'), 'a dot is a dot')
  t.notOk(isPromised(['a'], 'a\nb\n'), 'nothing more')
  t.notOk(isPromised(['a', 'b'], 'a\n'), 'nothing less')
  t.notOk(isPromised([], 'a\n'), 'no output where none is promised')
  t.ok(isPromised([], ''))
  t.ok(isPromised(['a', '...', 'z'], 'a\nz\n') && isPromised(['a', '...', 'z'], 'a\nb\nc\nz\n'))
  t.ok(isPromised(['generation ...'], 'generation 17\n'))
  t.notOk(isPromised(['generation ...'], 'digest 17\n'))
})
