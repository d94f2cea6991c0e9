// When a master gives addresses in place of others, on a clock of its own.
import t from 'tap'
import type { LaterShare, Lease } from '../../../../src/boot/index.ts'
import { Standby } from '../../../../src/daemon/boot/dhcp/standby.ts'
import { formatMac, parseMac } from '../../../../src/values/index.ts'
import { ip } from '../../../addresses.ts'

const mac = (text: string) => parseMac(text) ?? new Uint8Array(6)

function lease(number: number): Lease {
  const span = { line: 1, start: 0, end: 1 }
  const it = {
    mac: mac(`2:0:0:0:0:${number.toString(16)}`),
    address: ip(`10.0.0.${number}`),
    name: `n${number}`,
    node: number,
  }
  return { ...it, isCompanion: false, span }
}

function share(leases: readonly Lease[], key = 'first'): LaterShare {
  const range = { first: ip('10.0.0.0'), last: ip('10.0.0.255') }
  const network = { interface: 'eth1', own: ip('10.0.0.202'), range, prefixLength: 24, router: undefined }
  return { key, before: [ip('10.0.0.201')], seconds: 15, network, leases, asked: leases }
}

/** A standby, its clock in seconds, and a first master that answers or does not. */
function standby() {
  const state = {
    ...{ now: 0, answers: true as boolean | Error, changes: 0 },
    /** The machines that the first master knows. */
    knows: (_: Lease): boolean => true,
    asked: [] as string[],
    said: [] as string[],
  }
  const say = (_: object, text: string): void => void state.said.push(text)
  const one = new Standby({
    offered: async (_, leases) => {
      state.asked.push(leases.map((each) => formatMac(each.mac)).join())
      if (state.answers instanceof Error) throw state.answers
      return state.answers ? leases.find(state.knows) : undefined
    },
    changed: async () => void state.changes++,
    clock: { now: () => state.now * 1000, after: () => () => {} },
    log: { info: say, warn: say },
  })
  /** Looks each second up to this one. */
  const until = async (second: number): Promise<void> => {
    while (state.now < second) {
      state.now++
      await one.look()
    }
  }
  return { one, state, until }
}

t.test('while the first master answers, a machine that asks is left to it, however often it does', async (t) => {
  const { one, state, until } = standby()
  one.learn([share([lease(1), lease(2)])])
  for (let second = 0; second < 200; second += 20) {
    t.equal(one.heard(mac('2:0:0:0:0:1')), true)
    await until(second + 20)
  }
  t.same(one.taken, [])
  t.equal(state.changes, 0)
  t.ok(state.asked.length < 15, 'it is asked once for each boot')
})

t.test(
  'a machine that gets no answer for the time of masterdelay gets one here, with all of its masters',
  async (t) => {
    const { one, state, until } = standby()
    one.learn([share([lease(1), lease(2), lease(3)])])
    await until(9)
    t.equal(one.heard(mac('2:0:0:0:0:1')), true, 'a machine that the first master answers')
    await until(19)
    state.answers = false
    t.equal(one.heard(mac('2:0:0:0:0:2')), true)
    await until(34)
    t.same(one.taken, [], 'not before, though another machine asked before')
    await until(35)
    t.same(
      one.taken.map(({ name }) => name),
      ['n1', 'n2', 'n3'],
    )
    t.match(state.asked.at(-1), /^2:0:0:0:0:2,/, 'it is asked for the one that waits, too')
    t.same(state.said, ['no master that comes first gives addresses to these machines: this one does'])
    state.answers = true
    await until(46)
    t.same(one.taken, [], 'and it is given back')
    t.equal(state.changes, 2)
  },
)

t.test('a master that ends is found though no machine asks, and one lost reply is no end', async (t) => {
  const { one, state, until } = standby()
  one.learn([share([lease(1)])])
  await until(1)
  state.answers = false
  await until(61)
  state.answers = true
  await until(100)
  t.same(one.taken, [])
  state.answers = false
  await until(200)
  t.equal(one.taken.length, 1)
})

t.test('where nobody can be asked, the machines get their addresses after the time', async (t) => {
  const { one, state, until } = standby()
  one.learn([share([lease(1)])])
  await until(10)
  state.answers = new Error('address in use')
  one.heard(mac('2:0:0:0:0:1'))
  await until(26)
  t.equal(one.taken.length, 1)
  t.match([state.said[0], state.said.at(-1)], ['other masters cannot be asked for addresses', /this one does/])
})

t.test('its own question is no machine that waits, and a stranger is none of its machines', async (t) => {
  const { one, state, until } = standby()
  one.learn([share([lease(1)])])
  await until(1)
  t.equal(state.asked.length, 1)
  t.equal(one.heard(mac('2:0:0:0:0:1')), true, 'dnsmasq tells of the question')
  await until(50)
  t.equal(state.asked.length, 1)
  t.equal(one.heard(mac('2:0:0:0:0:9')), false)
})

t.test(
  'what is known of masters outlives a change of the configuration, and ends with their last machine',
  async (t) => {
    const { one, state, until } = standby()
    one.learn([share([lease(1)])])
    await until(10)
    state.answers = false
    one.heard(mac('2:0:0:0:0:1'))
    await until(26)
    one.learn([share([lease(1), lease(2)])])
    t.equal(one.taken.length, 2)
    one.learn([])
    t.equal(one.taken.length, 0)
    t.equal(one.heard(mac('2:0:0:0:0:1')), false)
  },
)

const machines = Array.from({ length: 240 }, (_, i) => lease(i + 1))

t.test('machines that the first master does not know yet do not make a second one take its place', async (t) => {
  const { one, state, until } = standby()
  const isKnown = ({ node = 0 }: Lease): boolean => node > 20 && node < 220
  state.knows = isKnown
  one.learn([share(machines)])
  for (const waits of ['2:0:0:0:0:1', '2:0:0:0:0:ee', '2:0:0:0:0:f0']) {
    one.heard(mac(waits))
    await until(state.now + 60)
  }
  t.same(one.taken, [])
  t.same(state.said, [])
  state.knows = ({ node }) => node === 77
  await until(state.now + 20 * 60)
  t.same(
    state.said.at(-1),
    'another master gives addresses to its machines again',
    'one machine that both know is found',
  )
  const { changes } = state
  one.heard(mac('2:0:0:0:0:1'))
  await until(state.now + 60 * 60)
  t.equal(state.changes, changes, 'and is asked for from then on')
  t.same(one.taken, [])
})

t.test('in place of a master of many machines it still sees that the master ends and comes back', async (t) => {
  const { one, state, until } = standby()
  one.learn([share(machines)])
  await until(10)
  state.answers = false
  await until(120)
  t.equal(one.taken.length, 240)
  state.answers = true
  await until(140)
  t.equal(one.taken.length, 0)
})
