import t from 'tap'
import { History, type HistoryLimits } from '../../../src/dns/transfer/history.ts'
import { Zones } from '../../../src/resolver/index.ts'
import { snapshotOf } from '../cluster.ts'

const zonesOf = (serial: number, nodes: number) =>
  new Zones(snapshotOf(`nodes ${nodes}\niprange 10.1.1.1 10.1.1.200\n`, serial))

/** A history of generations 1 to `last`, each of which has another node. */
function historyTo(last: number, limits?: HistoryLimits): History {
  const waiting: (() => void)[] = []
  const history = new History(zonesOf(1, 1), (work) => void waiting.push(work), limits)
  for (let serial = 2; serial <= last; serial++) {
    history.add(zonesOf(serial, serial), () => {})
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) work()
  }
  return history
}

const steps = (history: History, serial: number) => history.since(serial, 'cluster.internal')?.length

t.test('the last hundred generations are kept', async (t) => {
  const history = historyTo(106)
  t.equal(steps(history, 6), 100)
  t.equal(steps(history, 5), undefined)
  t.equal(steps(history, 105), 1)
  t.equal(steps(history, 106), undefined, 'there is no step from the newest')
})

t.test('no more records are kept than there may be', async (t) => {
  const history = historyTo(10, { steps: 100, records: 6 })
  t.equal(steps(history, 7), 3, 'each step has a node and its address')
  t.equal(steps(history, 6), undefined)
})
