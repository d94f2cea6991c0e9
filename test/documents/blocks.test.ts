import t from 'tap'
import { blocksOf, isPromised, stepsOf, turnsOf } from './blocks.ts'
import { exportsOf } from './exports.ts'
import { isUnrun, reasonOf } from './shown.ts'
import { usagesOf } from './usages.ts'

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

t.test('a block of machines is commands, each with its machine and its output', async (t) => {
  const block = { language: 'machines', lines: ['master# a \\', '  b', 'one', 'n0# c', '# d'], line: 1 }
  t.same(turnsOf(block), [
    { machine: 'master', command: 'a \\\n  b', output: ['one'] },
    { machine: 'n0', command: 'c', output: ['# d'] },
  ])
  t.throws(() => turnsOf({ ...block, lines: ['out'] }), /before the first command/)
  t.ok(isUnrun('docs/nowhere.md', block), 'no test of machines runs such a page')
  t.equal(reasonOf('docs/nowhere.md', block), undefined)
})

t.test('the calls of kickback in a script are found, wherever they are', async (t) => {
  t.same(
    usagesOf("cd x && kickback check FILE # kickback no\nchroot /y kickback setup off; ssh h 'kickback keys token'"),
    [
      ['check', 'FILE'],
      ['setup', 'off'],
      ['keys', 'token'],
    ],
  )
  t.same(usagesOf('kickback export hosts | sort >new'), [['export', 'hosts']])
  t.same(usagesOf("kickback import hosts f --node-names 'a b'"), [['import', 'hosts', 'f', '--node-names', 'a b']])
  t.same(usagesOf('kickback frobnicate'), [['frobnicate']], 'what is no command is seen where a command stands')
  t.same(usagesOf('apt install kickback-common kickback\nsystemctl restart kickback && true\necho "kickback is"'), [])
})

t.test('exports are folders, clients and options', async (t) => {
  t.same(exportsOf(['/home @cluster(rw,sync) 10.0.0.1(ro)  # all', '']), [
    { path: '/home', client: '@cluster', options: ['rw', 'sync'] },
    { path: '/home', client: '10.0.0.1', options: ['ro'] },
  ])
  t.throws(
    () => exportsOf(['/home @cluster (rw)']),
    /is not CLIENT\(OPTIONS\)/,
    'a blank before the options opens the folder to all',
  )
  t.throws(() => exportsOf(['/home']), /no client/)
})
