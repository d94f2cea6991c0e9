import t from 'tap'
import { DnsTotals } from '../../../src/daemon/metrics/dns-totals.ts'
import { newCounters } from '../../../src/dns/counters.ts'

const counters = (udp: number, connections = 0) => ({
  ...newCounters(),
  udp,
  connections,
  replies: [udp, ...new Array(15).fill(0)],
})

t.test('what processes count is summed, and what a gone one counted stays in the sum', async (t) => {
  const totals = new DnsTotals()
  t.match(totals.all, { udp: 0 })
  totals.tell(0, 11, counters(5, 2))
  totals.tell(1, 12, counters(7))
  totals.tell(0, 11, counters(6, 2))
  t.match(totals.all, { udp: 13, connections: 2, replies: { 0: 13 } })
  totals.tell(0, 13, undefined)
  t.match(totals.all, { udp: 13, connections: 0 }, 'its connections are gone')
  totals.tell(0, 13, counters(1, 1))
  t.match(totals.all, { udp: 14, connections: 1, replies: { 0: 14 } })
})
