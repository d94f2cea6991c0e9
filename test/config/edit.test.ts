import { readFileSync } from 'node:fs'
import t from 'tap'
import { addLine, advanceStage, EditError, removeLine, setClass, setStage } from '../../src/config/edit.ts'
import { parseConfig } from '../../src/config/index.ts'

const example = readFileSync(new URL('../../examples/config', import.meta.url))

/** An edit of text, as text. */
function edited(text: string, edit: (bytes: Uint8Array) => Uint8Array): string {
  return Buffer.from(edit(Buffer.from(text))).toString()
}

t.test('when the image has been sent the stage moves to the next step, in the file itself', async (t) => {
  const advanced = (line: string) => edited(line, (bytes) => advanceStage(bytes, 0))
  t.equal(advanced('node 0 c pxe+local pxe'), 'node 0 c pxe+local local')
  t.equal(advanced('node 0 c pxe+local local'), 'node 0 c pxe+local local', 'the last step stays')
  t.equal(advanced('node 0 scyld pxe pxe'), 'node 0 scyld pxe pxe', 'pxe pxe never moves')
  t.equal(advanced('node 0 c local+pxe "local"'), 'node 0 c local+pxe pxe')
  t.equal(advanced('node 0:0:0:0:0:1'), 'node 0:0:0:0:0:1', 'nothing to move')
  t.equal(advanced('node 0 c pxe+local'), 'node 0 c pxe+local')
})

t.test('only the stage changes in the file, every other byte stays', async (t) => {
  const before = example.toString()
  t.equal(
    edited(before, (bytes) => advanceStage(bytes, 15)),
    before.replace('node 15 centos5u4 pxe+local pxe', 'node 15 centos5u4 pxe+local local'),
  )
  const odd = '\ufeff# é\r\n\tnode\t0:0:0:0:0:1  c "pxe+local"\t\'pxe\' # why\r\nbad \xff"'
  t.equal(
    edited(odd, (bytes) => advanceStage(bytes, 0)),
    odd.replace("'pxe'", 'local'),
  )
})

t.test('a node line is found by its number, counted or written; comments are no lines', async (t) => {
  const text = '#node 7 c pxe+local pxe\nnode off\nnode\nnode c pxe+local pxe\nnode 9\nnode c pxe+local pxe\n'
  const lines = (number: number) =>
    edited(text, (bytes) => advanceStage(bytes, number))
      .split('\n')
      .indexOf('node c pxe+local local')
  t.equal(lines(2), 3)
  t.equal(lines(10), 5)
  t.throws(() => advanceStage(Buffer.from(text), 7), EditError)
})

t.test('a stage is set where it stands, or after the sequence', async (t) => {
  const set = (line: string, stage: string) => edited(line, (bytes) => setStage(bytes, 3, stage))
  t.equal(set('node 3 c pxe+local local 0:0:0:0:0:1 # x', 'pxe'), 'node 3 c pxe+local pxe 0:0:0:0:0:1 # x')
  t.equal(set('node 3 c pxe+local 0:0:0:0:0:1', 'local'), 'node 3 c pxe+local local 0:0:0:0:0:1')
  t.throws(() => set('node 3 c', 'pxe'), /no boot sequence/)
  t.throws(() => set('node 3 c pxe pxe', 'local'), /not a step/)
  t.throws(() => set('node 4', 'pxe'), /no line of its own/)
})

t.test('a class is set where it stands, or before all else', async (t) => {
  const set = (line: string, name: string) => edited(line, (bytes) => setClass(bytes, 0, name))
  t.equal(set('node 0 old pxe pxe', 'memtest'), 'node 0 memtest pxe pxe')
  t.equal(set('node 0:0:0:0:0:1 0:0:0:0:0:2', 'memtest'), 'node memtest 0:0:0:0:0:1 0:0:0:0:0:2')
  t.equal(set('node 0 0:0:0:0:0:1', 'memtest'), 'node 0 memtest 0:0:0:0:0:1')
  t.equal(set('node # x', 'memtest'), 'node memtest # x')
  for (const bad of ['', 'a b', 'a#b', '"a"', '0:0:0:0:0:1', 'off', '7', '10.0.0.1', 'a\nnodes 3']) {
    t.throws(() => set('node 0', bad), EditError, JSON.stringify(bad))
  }
})

t.test('a line is added after the last one of its keyword', async (t) => {
  const host = 'host 0:a0:d1:e3:fd:4b 10.20.30.92 pdu3'
  const before = example.toString()
  const last = 'host 00:A0:D1:E3:FD:4A 10.20.30.91 pdu2\n'
  t.equal(
    edited(before, (bytes) => addLine(bytes, host)),
    before.replace(last, `${last}${host}\n`),
  )
  t.equal(
    edited('a\nb\n', (bytes) => addLine(bytes, host)),
    `a\nb\n${host}\n`,
    'at the end where there is none',
  )
  t.equal(
    edited('', (bytes) => addLine(bytes, 'nodes 3')),
    'nodes 3\n',
  )
})

t.test('an added line ends as the lines around it do', async (t) => {
  const add = (text: string) => edited(text, (bytes) => addLine(bytes, 'node 1'))
  t.equal(add('nodes 2\r\nnode 0\r\n# end\r\n'), 'nodes 2\r\nnode 0\r\nnode 1\r\n# end\r\n')
  t.equal(add('nodes 2\nnode 0'), 'nodes 2\nnode 0\nnode 1\n', 'a last line without a newline gets one')
  t.equal(add('nodes 2\r\nnode 0'), 'nodes 2\r\nnode 0\r\nnode 1\r\n')
})

t.test('what is no single line of ours is not added', async (t) => {
  for (const bad of ['', '# x', 'node 1\nnode 2', 'node 1\n', 'frobnicate', 'node "1', 'node\r1\nx', 'nodes x']) {
    t.throws(() => addLine(example, bad), EditError, JSON.stringify(bad))
  }
})

t.test('a line is removed whole, with its comment', async (t) => {
  t.equal(
    edited('a # x\r\nb # y\r\nc', (bytes) => removeLine(bytes, 2)),
    'a # x\r\nc',
  )
  t.equal(
    edited('a\nb', (bytes) => removeLine(bytes, 2)),
    'a\n',
  )
  t.equal(
    edited('\ufeffa\nb', (bytes) => removeLine(bytes, 1)),
    '\ufeffb',
  )
  for (const bad of [0, 3, -1, 1.5]) t.throws(() => removeLine(Buffer.from('a\nb'), bad), EditError)
})

t.test('what is added and removed again leaves the file as it was', async (t) => {
  const added = addLine(example, 'node 20 memtest pxe pxe 0:0:0:0:0:20')
  const { cluster, lines } = parseConfig(added)
  const node = cluster.nodes[20]
  t.equal(node?.class, 'memtest')
  t.equal(lines.length, parseConfig(example).lines.length + 1)
  t.same(Buffer.from(removeLine(added, node?.span.line ?? 0)), example)
})
