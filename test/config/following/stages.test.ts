// A change of stages that is followed gives the cluster that a whole parse gives; any other change is none.
import assert from 'node:assert/strict'
import t from 'tap'
import { type Cluster, parseConfig, StageText, withStages } from '../../../src/config/index.ts'
import { NotLocalError } from '../../../src/values/index.ts'
import { ofLines } from './comparable.ts'

const DOMAIN = 'x.example'
const HEAD = `nodes 64
iprange 10.0.0.1 10.0.0.64
interface eth0 10.0.1.1 255.255.0.0
class install acknowledge installed
class install kernelimage /a/kernel
`
const TAIL = `host 10.0.2.1 00:a0:d1:ff:00:01 pdu1
kernelimage 5-9 /b/kernel
kernelcommandline quiet
`

/** A file whose nodes have all kinds of lines: with and without number, stage, comment. */
const LINES = Array.from({ length: 64 }, (_, number) => {
  const mac = `00:a0:d1:00:00:${number.toString(16).padStart(2, '0')}`
  const written = number % 3 === 0 ? '' : ` ${number}`
  const stage = number % 5 === 0 ? '' : number % 5 === 1 ? ' "local"' : ' pxe'
  return `node${written}\tinstall  pxe+local${stage} ${mac}${number % 4 === 0 ? '  # räck' : ''}\n`
})
const FILE = HEAD + LINES.join('') + TAIL

function clusterOf(text: string): Cluster {
  return parseConfig(Buffer.from(text), { domain: DOMAIN }).cluster
}

/** The cluster of a text, followed from another one. */
function followed(before: string, after: string, cluster = clusterOf(before)): Cluster {
  const { outline } = parseConfig(Buffer.from(before), { domain: DOMAIN })
  const now = withStages({ bytes: Buffer.from(before), cluster, outline }, Buffer.from(after), DOMAIN)
  const { frame, lastNode, isSound } = parseConfig(Buffer.from(after), { domain: DOMAIN }).outline
  assert.deepEqual(now.outline, { ...outline, frame, lastNode, isSound })
  return now.cluster
}

t.test('stages that move one after the other, some or all of them at once, give what a parse gives', async (t) => {
  let [text, cluster] = [FILE, clusterOf(FILE)]
  for (const numbers of [
    [0],
    [63],
    [1, 2, 3],
    [5, 40],
    [7, 8, 20, 21, 50, 62],
    [...LINES.keys()].slice(0, 30),
    [...LINES.keys()].slice(30, 61),
  ]) {
    const moves = numbers.map((number) => ({ number, from: 'pxe' }))
    const now = Buffer.from(new StageText(Buffer.from(text)).moved(moves).bytes).toString()
    t.not(now, text)
    const next = followed(text, now, cluster)
    t.same(ofLines(next), ofLines(clusterOf(now)), `nodes ${numbers.join()}`)
    ;[text, cluster] = [now, next]
  }
  t.ok(cluster.nodes.every(({ stage }) => stage === 'local'))
  const few = text.replace(/(node.*\n){12}/, FILE.match(/(node.*\n){12}/)?.[0] ?? '')
  const back = followed(text, few, cluster)
  t.same(ofLines(back), ofLines(clusterOf(few)), 'and back')
  t.equal(back.nodes[63]?.macs, cluster.nodes[63]?.macs, 'what did not change is not read')
})

t.test('a comment of a node line, the end of the last line, and nothing at all are followed too', async (t) => {
  const last = `${HEAD}node 1 install pxe+local pxe`
  for (const [before, after] of [
    [FILE, FILE],
    [FILE, FILE.replace('# räck', '# bench')],
    [last, `${last}\n`],
    [`${last}\n`, `${HEAD}node 1 install pxe+local local`],
  ] as const)
    t.same(ofLines(followed(before, after)), ofLines(clusterOf(after)))
})

const OTHERS: readonly (readonly [why: string, change: (text: string) => string])[] = [
  ['another MAC', (text) => text.replace('00:a0:d1:00:00:07', '00:a0:d1:00:01:07')],
  ['another class', (text) => text.replace('node 7\tinstall', 'node 7\tother')],
  ['another sequence', (text) => text.replace('node 7\tinstall  pxe+local', 'node 7\tinstall  local+pxe')],
  ['another number', (text) => text.replace('node 7\t', 'node 99\t')],
  ['a companion', (text) => text.replace('00:a0:d1:00:00:07', '00:a0:d1:00:00:07 n7-ipmi=00:a0:d1:00:02:07')],
  ['a node that is not approved', (text) => text.replace('node 7\tinstall', 'node 7\tunapproved')],
  [
    'a stage that is not in the sequence',
    (text) => text.replace('pxe+local pxe 00:a0:d1:00:00:07', 'pxe+local no 00:a0:d1:00:00:07'),
  ],
  ['a line more', (text) => text.replace('node 7\t', 'node 7\t# nothing\nnode 7\t')],
  ['a line more at the end', (text) => `${text}node 7 install\n`],
  ['an empty line more at the end', (text) => `${text}\n`],
  ['a line less', (text) => text.replace(/node 7\t.*\n/, '')],
  ['a line less at the end', (text) => text.replace('kernelcommandline quiet\n', '')],
  ['a host', (text) => text.replace('pdu1', 'pdu2')],
  ['a property', (text) => text.replace('/b/kernel', '/c/kernel')],
  ['a comment in place of a node', (text) => text.replace('node 7\t', '#ode 7\t')],
  ['a carriage return', (text) => text.replace('00:00:07\n', '00:00:07\r\n')],
  ['two lines that change places', (text) => text.replace(/(node 7\t.*\n)(node 8\t.*\n)/, '$2$1')],
]

for (const [why, change] of OTHERS) {
  t.test(`more than stages changed: ${why}`, async (t) => {
    t.not(change(FILE), FILE)
    t.throws(() => followed(FILE, change(FILE)), NotLocalError)
    t.throws(() => followed(change(FILE), FILE), NotLocalError)
  })
}

t.test('a line that the cluster leaves out moves no stage of another one', async (t) => {
  const text = `${HEAD}node 1 install pxe+local pxe 00:a0:d1:00:00:01\nnode 1 install pxe+local pxe 00:a0:d1:00:00:02\n`
  const lines = text.split('\n')
  const second = lines.with(-2, 'node 1 install pxe+local local 00:a0:d1:00:00:02').join('\n')
  t.throws(() => followed(text, second), NotLocalError)
})

t.test('where more than a quarter of the lines differ the whole is parsed', async (t) => {
  const many = (stage: string, count: number): string =>
    `nodes 2000\niprange 10.0.0.1 10.0.7.208\n${Array.from({ length: 2000 }, (_, i) => `node ${i} c pxe+local ${i < count ? stage : 'pxe'}\n`).join('')}`
  t.equal(followed(many('pxe', 0), many('local', 516)).nodes.filter(({ stage }) => stage === 'local').length, 516)
  t.throws(() => followed(many('pxe', 0), many('local', 517)), NotLocalError)
})
