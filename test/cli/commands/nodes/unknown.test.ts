// The list of machines that are not in the configuration, as it is printed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listUnknown } from '../../../../src/cli/commands/nodes/unknown.ts'
import { folder, type Tap } from '../../../folder.ts'

const STRANGERS = [
  { mac: '0:0:c:1:2:3', on: 'eth1', first: 1_800_000_000, last: 1_800_000_060, times: 3 },
  { mac: '2:0:c:1:2:3', on: 'eth1.7', first: 1_800_000_000, last: 1_800_000_100, times: 1 },
]
const REGISTRY =
  '00-00-0C   (hex)\t\tCisco\u001b[31m Systems\r\n00000C     (base 16)\t\tCisco\r\n02-00-0C   (hex)\t\tNobody\r\n'

function listed(t: Tap, strangers: readonly object[] | string | undefined, json = false) {
  const stateDir = folder(t)
  if (strangers !== undefined)
    writeFileSync(
      join(stateDir, 'strangers.json'),
      typeof strangers === 'string' ? strangers : JSON.stringify(strangers),
    )
  const registry = join(stateDir, 'oui.txt')
  writeFileSync(registry, REGISTRY)
  let [printed, complained] = ['', '']
  const terminal = { print: (text: string) => (printed += text), complain: (text: string) => (complained += text) }
  const invocation = { settings: { stateDir, json }, terminal } as unknown as Parameters<typeof listUnknown>[0]
  const code = listUnknown(invocation, [join(stateDir, 'absent'), registry])
  return { code, printed, complained }
}

t.test('those that asked last come first, with the vendor of the MAC in safe characters', async (t) => {
  const { code, printed } = listed(t, STRANGERS)
  t.equal(code, 0)
  t.same(
    printed
      .split('\n')
      .slice(1, 3)
      .map((line) => line.split(/ {2,}/)),
    [
      ['2:0:c:1:2:3', '2027-01-15T08:00:00Z', '2027-01-15T08:01:40Z', '1', 'eth1.7', '-'],
      ['0:0:c:1:2:3', '2027-01-15T08:00:00Z', '2027-01-15T08:01:00Z', '3', 'eth1', 'Cisco\\x1b[31m Systems'],
    ],
  )
})

t.test('as JSON the times are numbers; without any the exit code says so', async (t) => {
  const { printed } = listed(t, STRANGERS, true)
  t.match(JSON.parse(printed), { unknown: [{ mac: '2:0:c:1:2:3' }, { first: 1_800_000_000, vendor: /^Cisco/ }] })
  t.match(listed(t, undefined), { code: 2, printed: '', complained: /no unknown machine/ })
  t.match(JSON.parse(listed(t, [], true).printed), { unknown: [] })
})

t.test('a list that cannot be read is an error, and not an empty list', async (t) => {
  t.match(listed(t, '{'), { code: 1, printed: '', complained: /^kickback: can't read the unknown machines in \S+: / })
})
