import t from 'tap'
import { MachineTeller } from '../../../src/kickback/node/machine-teller.ts'
import { HandClock } from '../../clocks.ts'

const MACHINE = { uptime: 5, load: 7, cpus: 2, memory: 100, available: 50, kernel: '6.1', boot: 'b' }
/** How often the question is asked that it goes with. */
const ASKED = 20_000

/** At which questions, by number, a teller with this jitter told something. */
function told(random: () => number, questions: number): number[] {
  const clock = new HandClock()
  const teller = new MachineTeller({ clock, random, read: () => MACHINE })
  const found: number[] = []
  for (let i = 0; i < questions; i++) {
    if (teller.due() !== undefined) found.push(i)
    clock.turn(ASKED)
  }
  return found
}

t.test('a master is told at once, and then with each third or fourth question: about once a minute', async (t) => {
  t.same(
    told(() => 0, 10),
    [0, 3, 6, 9],
  )
  t.same(
    told(() => 0.99, 10),
    [0, 4, 8],
  )
})

t.test('nodes that came together do not tell together for ever', async (t) => {
  let seed = 1
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const nodes = Array.from({ length: 1000 }, () => told(random, 40))
  const most = Math.max(
    ...Array.from({ length: 20 }, (_, i) => nodes.filter((questions) => questions.includes(20 + i)).length),
  )
  t.ok(most < 450, `${most} of 1000 told with one question`)
})

t.test('a node that is not to tell tells nothing', async (t) => {
  t.equal(new MachineTeller({ clock: new HandClock(), read: undefined }).due(), undefined)
})
