// How all nodes stand, as counts and sets; the clock is turned by hand.
import t from 'tap'
import type { NodeBoot } from '../../../../src/kickback/service/states/node-boot.ts'
import { nodeFacts } from '../../../../src/kickback/service/states/node-state.ts'
import type { Ping } from '../../../../src/kickback/service/states/ping.ts'
import { StateSets } from '../../../../src/kickback/service/states/state-sets.ts'
import { Departures } from '../../../../src/kickback/service/told/departures.ts'
import { Attendance } from '../../../../src/kickback/service/waits/attendance.ts'
import { type Address, formatAddress, hex } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { publicSnapshot, server } from '../../cluster.ts'

/** What is known of machines: of a node that is up, of two that are not, and of the device. */
const PINGED: { readonly [address: string]: Ping['answer'] } = {
  ...{ '10.0.0.10': 'off', '10.0.0.15': 'up', '10.0.0.16': 'off', '10.0.0.9': 'off' },
}

t.test('each node of the configuration is in one state; a look at all of them stands for some seconds', async (t) => {
  const clock = new HandClock()
  const attendance = new Attendance()
  const departures = new Departures(() => 0)
  const boots = new Map<number, NodeBoot>([
    [3, { state: 'installing', since: 2_000_000_000_000, held: false, lastStage: 'pxe' }],
    [4, { state: 'booting', since: 2_000_000_000_000, held: true, lastStage: 'pxe' }],
  ])
  const pingOf = ([address]: readonly Address[]): Ping | undefined => {
    const answer = PINGED[address === undefined ? '' : formatAddress(address)]
    return answer && { answer, time: 1 }
  }
  const sets = new StateSets(
    nodeFacts({ clock, boots: () => boots, pingOf }, { attendance, departures, otherKeys: undefined }),
  )
  const snapshot = publicSnapshot(7)
  const follows = (number: number, digest: string) => {
    const asker = { via: 'network', address: Uint8Array.of(10, 0, 0, 10 + number) } as const
    const one = { asker, isRoot: true, software: 'kickback 1', active: clock.now() }
    attendance.moved(one, { generation: 7, digest })
  }
  for (const number of [0, 1, 2]) follows(number, number === 1 ? 'aa' : hex(snapshot.digest))
  t.same(await sets.of(snapshot), {
    ...{ nodes: 10, all: '0-9', behind: '1', behindCount: 1 },
    counts: { up: 3, booting: 0, installing: 1, held: 1, down: 0, never: 5 },
    sets: { up: '0-2', booting: '', installing: '3', held: '4', down: '', never: '5-9' },
    pinged: { up: 1, off: 1, unknown: 5 },
    devices: { up: 0, off: 1, unknown: 0 },
  })
  follows(5, hex(snapshot.digest))
  clock.turn(3999)
  t.equal((await sets.of(snapshot)).counts.up, 3)
  clock.turn(1)
  t.equal((await sets.of(snapshot)).counts.up, 4)
  clock.turn(60_000)
  t.match(await sets.of(snapshot), { counts: { up: 0, down: 4, never: 4 }, behind: '', behindCount: 0 })
  t.equal((await sets.of(publicSnapshot(8))).nodes, 10, 'of another generation at once')
})

t.test('a master counts its nodes by state, and a node none', async (t) => {
  t.match((await server(t).counts()).nodes, { configured: 10, missing: 10, states: { never: 10, up: 0 } })
  t.equal((await server(t, { role: 'proxy' }).counts()).nodes, null)
})
