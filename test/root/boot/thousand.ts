/** A thousand nodes that report at once: a test that test/root/boot/endpoint.test.ts runs in a network namespace. */
import { readFileSync, watch } from 'node:fs'
import t from 'tap'
import { type Answer, ask, bootMasterOf, imageLines, MASTER, type Node, placesIn } from './client.ts'

const COUNT = 1000
/** How many load their images at the same moment: fewer than the transfers that the master has at once. */
const AT_ONCE = 50

const NODES: readonly Node[] = Array.from({ length: COUNT }, (_, number) => ({
  address: `10.20.${64 + (number >> 8)}.${number & 255}`,
  mac: `00-a0-d1-01-${hex(number >> 8)}-${hex(number & 255)}`,
}))

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** Asks until the master has time, as iPXE does it: it comes again after as many seconds as it is told. */
async function patient({ address }: Node, path = ''): Promise<Answer> {
  for (;;) {
    const answer = await ask(address, path)
    if (answer.status !== 503) return answer
    await new Promise((resolve) => setTimeout(resolve, Number(answer.headers['retry-after']) * 1000))
  }
}

/** Loads what its script says; gives the place of the report. */
async function reportOf(node: Node): Promise<string> {
  const { kernel, initrd, report = '' } = placesIn((await patient(node, `/boot/${node.mac}`)).body)
  for (const path of [kernel, initrd]) await patient(node, path)
  return report
}

/** Lines as people write them, no two of the same form, with what a program that writes the file anew would lose. */
function lineOf(number: number): string {
  const { mac = '' } = NODES[number] ?? {}
  const gap = ' '.repeat(1 + (number % 3))
  return `node${gap}${number}\tinstall pxe+local pxe ${mac}${number % 2 === 0 ? `  # rack ${number % 40}` : ''}${number % 5 === 0 ? '\r' : ''}\n`
}

t.test('a thousand reports by HTTP move a thousand stages in a few writes of the file', async (t) => {
  const head = `nodes ${COUNT}\niprange ${NODES[0]?.address} ${NODES.at(-1)?.address}\ninterface lo ${MASTER.host} 255.255.0.0\n`
  const lines = NODES.map((_, number) => lineOf(number)).join('')
  const { scratch } = await bootMasterOf(t, (dir) => `${head}${imageLines(dir)}${lines}# the end, without a line feed`)
  for (const name of ['kernel', 'initrd']) scratch.write(name, name)
  const before = scratch.read('config')

  const reports = new Map<Node, string>()
  const waiting = [...NODES]
  const boot = async (): Promise<void> => {
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) reports.set(node, await reportOf(node))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, boot))
  t.equal(scratch.read('config'), before, 'until then nothing has moved')

  let writes = 0
  const watcher = watch(scratch.dir, (kind, name) => {
    if (kind === 'rename' && name === 'config') writes++
  })
  t.teardown(() => watcher.close())
  const began = performance.now()
  const answers = await Promise.all(
    NODES.map(async (node, number) => {
      const { status, body } = await patient(node, reports.get(node))
      const isThere = readFileSync(scratch.path('config'), 'latin1').includes(
        lineOf(number).replace('pxe+local pxe', 'pxe+local local'),
      )
      return { status, isThere, isMoved: body === `node ${number} boots stage local next\n` }
    }),
  )
  const took = performance.now() - began
  t.same(
    answers.filter(({ status, isThere, isMoved }) => status !== 200 || !isThere || !isMoved),
    [],
    'each is in the file when it is answered',
  )
  t.equal(scratch.read('config'), before.replaceAll('pxe+local pxe', 'pxe+local local'), 'every other byte stays')
  t.ok(writes > 0 && writes <= COUNT / 10, `${writes} writes of the file`)
  t.comment(`${COUNT} reports in ${(took / 1000).toFixed(2)} s, by ${writes} writes of the file`)

  const moves = scratch.read('state/audit').match(/boot stage of node \d+: reported/g) ?? []
  t.equal(new Set(moves).size, COUNT, 'and in the audit log')
  t.equal(moves.length, COUNT)
})
