import { readFileSync } from 'node:fs'
import t from 'tap'
import { BOOT_CODES } from '../../src/boot/codes.ts'
import { surveyBoot } from '../../src/boot/survey.ts'
import { parseConfig } from '../../src/config/index.ts'

const read = (name: string) => readFileSync(new URL(`../fixtures/boot/${name}`, import.meta.url))
const survey = (text: string | Uint8Array) => surveyBoot(parseConfig(Buffer.from(text)).cluster)

t.test('each fault is told once, at the first line that has it, with all nodes that have it', async (t) => {
  const { faults } = survey(read('faults.config'))
  t.equal(
    faults.map(({ code, span, message }) => `${span.line} ${code}: ${message}\n`).join(''),
    read('faults.expected').toString(),
  )
  const told = new Set(faults.map(({ code }) => code))
  const others = Object.keys(BOOT_CODES).filter((code) => !told.has(code as keyof typeof BOOT_CODES))
  t.same(others, ['boot-no-image', 'boot-many-macs'], 'what this file alone cannot show')
})

t.test('the images are those that nodes are sent next, each once, at the first line that names it', async (t) => {
  const { images } = survey(read('faults.config'))
  t.same(
    images.map(({ path, span }) => `${span.line} ${path}`),
    ['8 /boot/vmlinuz', '10 vmlinuz', '11 /boot/initrd'],
  )
})

/** So many nodes of one class, each with a MAC address or none. */
function manyNodes(count: number, mac: (i: number) => string, lines: string): string {
  const head = `interface eth1 10.0.0.1 255.0.0.0\nnodes ${count}\niprange 10.1.0.0 10.2.255.255\n${lines}\n`
  return head + Array.from({ length: count }, (_, i) => `node ${i} all pxe+local pxe ${mac(i)}\n`).join('')
}

const macOf = (i: number) =>
  `2:0:0:${i >> 16}:${(i >> 8) & 255}:${i & 255}`.replace(/\d+/g, (n) => Number(n).toString(16))

t.test('a fault of a class, and one of many nodes, is told once however many nodes there are', async (t) => {
  const split = 'class all kernelimage /k\nclass all kernelcommandline a ; b'
  const codes = (text: string) => survey(text).faults.map(({ code, span }) => `${span.line} ${code}`)
  t.same(codes(manyNodes(10_000, macOf, split)), ['5 boot-split-line'])
  t.same(codes(manyNodes(10_000, () => '', split)), ['5 boot-split-line', '6 boot-no-mac'])
  t.same(codes(manyNodes(10_000, macOf, '')), ['5 boot-no-kernel'])
})

t.test('dnsmasq is given 10,000 MAC addresses and no more: the line of the next one is told', async (t) => {
  const boots = 'class all kernelimage none'
  t.same(survey(manyNodes(10_000, macOf, boots)).faults, [])
  const [fault, ...others] = survey(manyNodes(10_001, macOf, boots)).faults
  t.same(others, [])
  t.match(fault, { code: 'boot-many-macs', span: { line: 10_005 }, message: /^10001 MAC addresses .* export kea$/ })
})

t.test('a long set of nodes is told by its size', async (t) => {
  const [fault] = survey(manyNodes(200, (i) => (i % 2 === 0 ? '' : macOf(i)), 'class all kernelimage none')).faults
  t.match(fault, {
    code: 'boot-no-mac',
    message: /^no MAC address tells 100 nodes, the first of them 0, from strangers/,
  })
})

t.test('where no interface line tells a network, nothing is outside of it', async (t) => {
  t.same(
    survey('interface eth1\nnodes 1\niprange 10.0.0.1 10.0.0.1\nkernelimage none\nnode 0 a pxe 0:0:0:0:0:1\n').faults,
    [],
  )
})
