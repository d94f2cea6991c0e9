import { readFileSync } from 'node:fs'
import t from 'tap'
import { addLine, EditError, plainWord, removeLine } from '../../../src/config/edits/edit.ts'
import { linesOf } from '../reading.ts'
import { edited } from './editing.ts'

const example = readFileSync(new URL('../../../examples/config', import.meta.url))

/** Removes a line by its number. */
function without(bytes: Uint8Array, number: number) {
  const line = linesOf(bytes)[number - 1]
  if (line === undefined) throw new Error(`no line ${number}`)
  return removeLine(bytes, line)
}

t.test('a line is added after the last one of its keyword', async (t) => {
  const host = 'host 0:a0:d1:e3:fd:4b 10.20.30.92 pdu3'
  const before = example.toString()
  const last = 'host 00:A0:D1:E3:FD:4A 10.20.30.91 pdu2\n'
  t.equal(
    edited(before, (bytes) => addLine(bytes, host)),
    before.replace(last, `${last}${host}\n`),
  )
  t.match(addLine(example, host), { line: 8, before: undefined, after: host })
  const atTheEnd = edited('a\nb\n', (bytes) => addLine(bytes, host))
  t.equal(atTheEnd, `a\nb\n${host}\n`, 'at the end where there is none')
  const first = edited('', (bytes) => addLine(bytes, 'nodes 3'))
  t.equal(first, 'nodes 3\n')
})

t.test('an added line ends as the lines around it do', async (t) => {
  const add = (text: string) => edited(text, (bytes) => addLine(bytes, 'node 1'))
  t.equal(add('nodes 2\r\nnode 0\r\n# end\r\n'), 'nodes 2\r\nnode 0\r\nnode 1\r\n# end\r\n')
  t.equal(add('nodes 2\nnode 0'), 'nodes 2\nnode 0\nnode 1', 'a file without a last newline stays one')
  t.equal(add('nodes 2\r\nnode 0'), 'nodes 2\r\nnode 0\r\nnode 1')
  t.equal(add('nodes 2\nnode 0\r\n'), 'nodes 2\nnode 0\r\nnode 1\r\n', 'the line before it decides')
  t.equal(add('node 0\r'), 'node 0\r\r\nnode 1')
})

t.test('what is no single line of ours is not added', async (t) => {
  for (const bad of [
    '',
    '# x',
    'node 1\nnode 2',
    'node 1\n',
    'frobnicate',
    'node "1',
    'node\r1\nx',
    'nodes x',
    ' node 1',
  ]) {
    t.throws(() => addLine(example, bad), EditError, JSON.stringify(bad))
  }
})

t.test('a line is removed whole, with its comment', async (t) => {
  const remove = (text: string, number: number) => edited(text, (bytes) => without(bytes, number))
  t.equal(remove('a # x\r\nb # y\r\nc', 2), 'a # x\r\nc')
  t.equal(remove('a\nb', 2), 'a', 'a file without a last newline stays one')
  t.equal(remove('a\r\nb', 2), 'a')
  t.equal(remove('\ufeffa\nb', 1), '\ufeffb', 'a byte order mark is of the file')
  t.equal(remove('\ufeffa', 1), '\ufeff')
  t.equal(remove('a', 1), '')
  t.match(without(Buffer.from('\ufeffa # x\r\nb'), 1), { line: 1, before: 'a # x', after: undefined })
})

t.test('what is added and removed again leaves the file as it was, however it ends', async (t) => {
  for (const end of ['\n', '', '\r\n', '\r', '\n\n', '\n# end', '\nnodes 5', '\r\nnode 3 # x']) {
    const before = `\ufeffnodes 9\nnode 2 c${end}`
    const added = addLine(Buffer.from(before), 'node 5 memtest')
    t.equal(Buffer.from(without(added.bytes, added.line).bytes).toString(), before, JSON.stringify(end))
  }
})

t.test('a word that a line would read otherwise is refused', async (t) => {
  for (const good of ['a', '00:A0:D1:E9:87:CA', 'pxe+local', 'größe', '-']) t.equal(plainWord(good), good)
  for (const bad of [
    '',
    'a b',
    'a\tb',
    'a\u00a0b',
    'a#b',
    '"a"',
    "a'",
    'a\\',
    'a\nnodes 3',
    'a\0',
    'a\u0085',
    '\ufffd',
  ]) {
    t.throws(() => plainWord(bad), EditError, JSON.stringify(bad))
  }
})
