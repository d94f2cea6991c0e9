import { readFileSync } from 'node:fs'
import t from 'tap'
import type { NodeFields } from '../../../src/config/edits/node-fields.ts'
import { addNode, nodeNumber, removeNode, setNode } from '../../../src/config/edits/nodes.ts'
import { EditError, parseConfig, writtenLines } from '../../../src/config/index.ts'
import { linesOf } from '../reading.ts'
import { edited } from './editing.ts'

const example = readFileSync(new URL('../../../examples/config', import.meta.url))

const set = (text: string, fields: NodeFields, number = 3) => edited(text, (bytes) => setNode(bytes, number, fields))

t.test('a stage is set where it stands, or after the sequence', async (t) => {
  t.equal(set('node 3 c pxe+local local 0:0:0:0:0:1 # x', { stage: 'pxe' }), 'node 3 c pxe+local pxe 0:0:0:0:0:1 # x')
  t.equal(set('node 3 c pxe+local 0:0:0:0:0:1', { stage: 'local' }), 'node 3 c pxe+local local 0:0:0:0:0:1')
  t.throws(() => set('node 3 c', { stage: 'pxe' }), /has no boot sequence.*set --sequence too/)
  t.throws(() => set('node 3 c pxe pxe', { stage: 'local' }), /"local" is not a step of the sequence pxe of node 3/)
  t.throws(() => set('node 4', { stage: 'pxe' }), /no line of its own/)
})

t.test('a class is set where it stands, or before all else', async (t) => {
  const classed = (line: string, name: string) => set(line, { class: name }, 0)
  t.equal(classed('node 0 old pxe pxe', 'memtest'), 'node 0 memtest pxe pxe')
  t.equal(classed('node 0:0:0:0:0:1 0:0:0:0:0:2', 'memtest'), 'node memtest 0:0:0:0:0:1 0:0:0:0:0:2')
  t.equal(classed('node 0 0:0:0:0:0:1', 'memtest'), 'node 0 memtest 0:0:0:0:0:1')
  t.equal(classed('node # x', 'memtest'), 'node memtest # x')
  for (const bad of ['', 'a b', 'a#b', '"a"', '0:0:0:0:0:1', 'off', '7', '10.0.0.1', 'a\nnodes 3']) {
    t.throws(() => classed('node 0', bad), EditError, JSON.stringify(bad))
  }
})

t.test('- takes the class away, and with it sequence and stage, which stand behind it', async (t) => {
  t.equal(set('node 3 c 0:0:0:0:0:1 # x', { class: '-' }), 'node 3 0:0:0:0:0:1 # x')
  t.equal(set('node 3  c pxe+local\t0:0:0:0:0:1 local', { class: '-' }), 'node 3\t0:0:0:0:0:1')
  t.equal(set('node 3 unapproved 0:0:0:0:0:1', { class: '-' }), 'node 3 0:0:0:0:0:1')
  t.equal(set('node 3 c 0:0:0:0:0:1', { class: '-', macs: ['0:0:0:0:0:2'] }), 'node 3 0:0:0:0:0:2')
  t.equal(set('node 3 # x', { class: '-' }), 'node 3 # x')
  t.throws(() => set('node 3 c pxe pxe', { class: '-', stage: 'pxe' }), /leave --sequence and --stage out/)
  t.throws(() => set('node 3 c pxe pxe w', { class: '-' }), /has "w", which is no field/)
})

t.test('a class in place of unapproved approves, and the way back is a class too', async (t) => {
  t.equal(set('node 3 unapproved 0:0:0:0:0:1', { class: 'c' }), 'node 3 c 0:0:0:0:0:1')
  t.equal(set('node 3 c 0:0:0:0:0:1', { class: 'unapproved' }), 'node 3 unapproved 0:0:0:0:0:1')
})

t.test('several fields are set at once, those that are missing in their order', async (t) => {
  const all = { class: 'c', sequence: 'pxe+local', stage: 'pxe' }
  t.equal(set('node 3', all), 'node 3 c pxe+local pxe')
  t.equal(set('node 3 0:0:0:0:0:1\t# x', all), 'node 3 c pxe+local pxe 0:0:0:0:0:1\t# x')
  t.equal(set('node 3 old  local 0:0:0:0:0:1', all), 'node 3 c  pxe+local pxe 0:0:0:0:0:1')
  t.throws(() => set('node 3', { sequence: 'pxe' }), /has no boot class.*set --class too/)
  t.throws(() => set('node 3 c pxe pxe', { sequence: 'local' }), /"pxe" is not a step.*set --stage too/)
  t.throws(() => set('node 3 c', { sequence: 'pxe+disk' }), /not a boot sequence/)
})

t.test('MACs take the places of those that stand', async (t) => {
  const [one, two, three] = ['0:0:0:0:0:1', '0:0:0:0:0:2', '0:0:0:0:0:3'] as const
  t.equal(set(`node 3 ${one} c ${two} # x`, { macs: [three] }), `node 3 ${three} c # x`)
  t.equal(set(`node 3 ${one} c pxe`, { macs: [three, two] }), `node 3 ${three} ${two} c pxe`)
  const bmc = 'n3-ipmi=0:0:0:0:0:9'
  t.equal(set(`node 3 ${bmc} ${one}`, { macs: [two] }), `node 3 ${bmc} ${two}`, 'the MAC of a device of the node stays')
  t.equal(set(`node 3 ${bmc}`, { class: 'c', macs: [two] }), `node 3 c ${two} ${bmc}`)
  t.equal(set('node 3 off', { macs: [one] }), `node 3 ${one}`)
  t.equal(set('node 3 # x', { macs: [one, two] }), `node 3 ${one} ${two} # x`)
  t.equal(set('node 3 c pxe pxe', { macs: [one] }), `node 3 c pxe pxe ${one}`)
  t.equal(set(`node 3\t${one}\t${two}`, { macs: ['off'] }), 'node 3\toff')
  t.equal(set(`node 3 00:00:00:00:00:01`, { macs: [one] }), 'node 3 00:00:00:00:00:01', 'the same MAC stays as written')
  t.equal(set('node 3', { class: 'c', macs: [one] }), `node 3 c ${one}`)
  for (const bad of ['x', '10.0.0.1', '', '0:0:0:0:0:1 0:0:0:0:0:2']) {
    t.throws(() => set('node 3', { macs: [bad] }), /is not a MAC address/, JSON.stringify(bad))
  }
  t.throws(() => set('node 3', { macs: [one, 'off'] }), /is not a MAC address/)
})

t.test('what the line says already is no change', async (t) => {
  const bytes = Buffer.from('node 3 c pxe pxe # x')
  const kept = setNode(bytes, 3, { class: 'c', sequence: 'pxe', stage: 'pxe' })
  t.equal(kept.bytes, bytes)
  t.match(kept, { line: 1, before: 'node 3 c pxe pxe # x', after: 'node 3 c pxe pxe # x' })
})

t.test('a change tells the line before and after, without its line end', async (t) => {
  t.match(setNode(Buffer.from('\ufeffnode 3 c # ü\r\nx'), 3, { class: 'größe' }), {
    line: 1,
    before: 'node 3 c # ü',
    after: 'node 3 größe # ü',
  })
})

t.test('a node that has two lines is not edited', async (t) => {
  t.throws(() => set('node 3 c\nnode 4\nnode 3 d', { class: 'e' }), /node 3 has two lines, 1 and 3/)
  t.throws(() => removeNode(Buffer.from('node 3 c\nnode 3 d'), 3), /two lines/)
})

t.test('a node is added after the last node line, with the words of its line', async (t) => {
  const add = (text: string, ...words: string[]) => edited(text, (bytes) => addNode(bytes, words))
  t.equal(
    add('node 3\nnodes 9\n', '5', 'c', 'pxe+local', 'pxe', '0:0:0:0:0:1'),
    'node 3\nnode 5 c pxe+local pxe 0:0:0:0:0:1\nnodes 9\n',
  )
  t.equal(add('nodes 9\n', '0:0:0:0:0:1'), 'nodes 9\nnode 0:0:0:0:0:1\n')
  t.equal(add('node 5 c\n', '5', 'c'), 'node 5 c\n', 'nothing to do')
  t.throws(() => add('node 4\nnode c\n', '5', 'd'), /node 5 has a line, line 2/)
  t.throws(() => add('nodes 9\n', 'n5'), /"n5" would be the class of a node: write its number alone, 5/)
  for (const words of [
    ['5', 'a b'],
    ['5', 'c', 'pxe+disk'],
    ['5', 'c', 'pxe', 'local'],
    ['5', 'c', 'pxe', 'pxe', 'x'],
    ['5', '1:2:3'],
  ]) {
    t.throws(() => add('nodes 9\n', ...words), EditError, words.join(' '))
  }
})

t.test('a node line that others count on stays as a placeholder', async (t) => {
  const remove = (text: string, number: number) => edited(text, (bytes) => removeNode(bytes, number))
  t.equal(remove('node 3 c # x\nnode 4\nnode', 3), 'node 4\nnode')
  t.equal(
    remove('node 3\nnode c pxe pxe 0:0:0:0:0:1 # x\r\nnode 0:0:0:0:0:2\n', 4),
    'node 3\nnode off # x\r\nnode 0:0:0:0:0:2\n',
  )
  t.equal(remove('node 7  c 0:0:0:0:0:1\n#c\nhost x\nnode', 7), 'node 7  off\n#c\nhost x\nnode')
  t.equal(remove('node 7 off\nnode', 7), 'node 7 off\nnode', 'it is one already')
  t.equal(remove('node\nnode', 0), 'node\nnode')
  t.equal(remove('node 3\nnode', 4), 'node 3', 'nobody counts on the last one')
  t.equal(remove('node 3 c\nnode x x x x', 3), 'node 3 off\nnode x x x x', 'a line with an error counts too')
  t.throws(() => remove('node 3', 4), /no line of its own/)
})

t.test('no other node gets another number by an edit', async (t) => {
  const text = 'node c\nnode 0:0:0:0:0:1\nnode 7 d\nnode e\nnode off\nnode 0:0:0:0:0:2\n'
  const numbered = (bytes: Uint8Array) =>
    new Map(writtenLines(bytes).nodes.map(({ number, macs, class: name }) => [number, `${macs.join()} ${name}`]))
  const before = numbered(Buffer.from(text))
  for (const number of before.keys()) {
    const after = numbered(removeNode(Buffer.from(text), number).bytes)
    for (const [other, said] of before)
      if (other !== number) t.equal(after.get(other), said, `${number} removed, ${other}`)
    t.equal(after.get(number) ?? ' undefined', ' undefined')
  }
})

t.test('a node is told by its number alone', async (t) => {
  t.equal(nodeNumber('015'), 15)
  for (const bad of ['n15', '', '-1', '1.5', '1048576', '99999999999', '0x1']) {
    t.throws(() => nodeNumber(bad), /is not the number of a node/, bad)
  }
})

t.test('what is added and removed again leaves the file as it was', async (t) => {
  const added = addNode(example, ['20', 'memtest', 'pxe', 'pxe', '0:0:0:0:0:20'])
  const { cluster } = parseConfig(added.bytes)
  t.equal(cluster.nodes[20]?.class, 'memtest')
  t.equal(cluster.nodes[20]?.span.line, added.line)
  t.equal(linesOf(added.bytes).length, linesOf(example).length + 1)
  t.same(Buffer.from(removeNode(added.bytes, 20).bytes), example)
})

t.test('MACs that the line says already are kept as they are written', async (t) => {
  const set = (line: string, ...macs: string[]) => edited(line, (bytes) => setNode(bytes, 3, { macs }))
  for (const line of ['node 3 off 0:0:0:0:0:1', 'node 3 0:0:0:0:0:1 00:00:00:00:00:01', 'node 3 c 0:0:0:0:0:1 off'])
    t.equal(set(line, '0:0:0:0:0:1'), line)
  t.equal(set('node 3', 'off'), 'node 3', 'a line without a MAC is a placeholder')
  t.equal(set('node 3 off 0:0:0:0:0:1', '0:0:0:0:0:2'), 'node 3 0:0:0:0:0:2')
})
