// The list of machines that are not in the configuration: its bounds, and what a restart or a full disk does to it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { STRANGERS_MAX, Strangers, strangersIn } from '../../../../src/daemon/boot/dhcp/strangers.ts'
import { formatMac } from '../../../../src/values/index.ts'
import { folder, type Tap } from '../../../folder.ts'

const mac = (number: number): Uint8Array => Uint8Array.of(2, 0, 0, number >> 16, (number >> 8) & 255, number & 255)

function strangers(t: Tap, stateDir = folder(t)) {
  const state = { now: 0, wall: 1_800_000_000_000 }
  const clock = { now: () => state.now, after: () => () => {} }
  const errors: unknown[] = []
  const log = { info() {}, error: (fields: object) => void errors.push(fields) }
  const made = () => new Strangers({ stateDir, log, clock, wallClock: () => state.wall })
  return { stateDir, state, errors, made }
}

t.test(
  'first and last time and number are kept over a restart, in the order in which they were heard of',
  async (t) => {
    const { stateDir, state, made } = strangers(t)
    const one = made()
    t.equal(one.heard(mac(1), 'eth1'), true)
    t.equal(one.heard(mac(2), 'eth1'), true)
    state.wall += 60_000
    t.equal(one.heard(mac(1), 'eth2'), false)
    await one.keep(true)
    const again = made()
    t.equal(again.heard(mac(1), 'eth2'), false)
    await again.keep(true)
    t.match(
      strangersIn(stateDir).map((stranger) => ({ ...stranger, mac: formatMac(stranger.mac) })),
      [
        { mac: '2:0:0:0:0:2', on: 'eth1', times: 1 },
        { mac: '2:0:0:0:0:1', on: 'eth2', first: 1_800_000_000, last: 1_800_000_060, times: 3 },
      ],
    )
    again.known((key) => key === 0x020000000001)
    await again.keep(true)
    t.equal(strangersIn(stateDir).length, 1, 'who is in the configuration now is none')
  },
)

t.test('a flood of random MACs leaves the newest, and the file is written once in five seconds', async (t) => {
  const { stateDir, state, made } = strangers(t)
  const list = made()
  for (let i = 0; i < 3 * STRANGERS_MAX; i++) list.heard(mac(i), 'eth1')
  await list.keep()
  t.equal(list.count, STRANGERS_MAX)
  const first = readFileSync(join(stateDir, 'strangers.json'), 'utf8')
  list.heard(mac(1), 'eth1')
  await list.keep()
  t.equal(readFileSync(join(stateDir, 'strangers.json'), 'utf8'), first)
  state.now += 5000
  await list.keep()
  t.not(readFileSync(join(stateDir, 'strangers.json'), 'utf8'), first)
  t.equal(formatMac(strangersIn(stateDir).at(-1)?.mac ?? mac(0)), '2:0:0:0:0:1')
})

t.test('a list that cannot be written is told and written later', async (t) => {
  const { stateDir, errors, made } = strangers(t)
  const list = made()
  list.heard(mac(1), 'eth1')
  rmSync(stateDir, { recursive: true })
  await list.keep(true)
  t.equal(errors.length, 1)
  mkdirSync(stateDir)
  await list.keep(true)
  t.equal(strangersIn(stateDir).length, 1)
})

t.test('a list that somebody spoiled is read as far as it is one', async (t) => {
  const dir = folder(t)
  const write = (text: string): void => writeFileSync(join(dir, 'strangers.json'), text)
  const good = { mac: '2:0:0:0:0:1', on: 'eth\u001b1', first: 1, last: 2, times: 3 }
  write(JSON.stringify([good, { ...good, mac: 'x' }, { ...good, on: 1 }, { ...good, last: 'x' }, null, 7]))
  t.match(strangersIn(dir), [{ on: 'eth\\x1b1' }])
  for (const text of ['', '{', '{}', '7', 'null']) {
    write(text)
    t.throws(() => strangersIn(dir), { name: 'SyntaxError' }, JSON.stringify(text))
  }
})

t.test('a list that cannot be read is told once, and begins anew', async (t) => {
  const { stateDir, errors, made } = strangers(t)
  writeFileSync(join(stateDir, 'strangers.json'), '{')
  const list = made()
  t.equal(errors.length, 1)
  t.equal(list.count, 0)
  list.heard(mac(1), 'eth1')
  await list.keep(true)
  t.equal(strangersIn(stateDir).length, 1)
})
