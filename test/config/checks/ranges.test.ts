import t from 'tap'
import { brief, parse } from '../reading.ts'

t.test('ranges that share an address: the later line is told first, whichever it is', async (t) => {
  t.same(brief(['nodes 0', 'iprange 10.0.0.1 10.0.0.9', 'hostrange 10.0.0.9 10.0.0.20']), ['3:1 range-overlap 2'])
  t.same(brief(['nodes 0', 'hostrange 10.0.0.9 10.0.0.20', 'iprange 10.0.0.1 10.0.0.9']), ['3:1 range-overlap 2'])
  t.same(brief(['hostrange 10.0.0.1 10.0.0.9', 'hostrange 10.0.0.3 10.0.0.4']), ['2:1 range-overlap 1'])
  t.same(brief(['nodes 0', 'iprange 10.0.0.1 10.0.0.9', 'iprange 10.0.0.0 10.0.0.1']), ['3:1 range-overlap 2'])
  t.same(brief(['hostrange fd80::1 fd80::9', 'hostrange fd80::9 fd80::20']), ['2:1 range-overlap 1'])
})

t.test('ranges that only touch, and families, do not overlap; .0 and .255 are ordinary', async (t) => {
  t.same(
    brief(['nodes 0', 'iprange 10.0.0.0 10.0.0.255', 'hostrange 10.0.1.0 10.0.1.255', 'hostrange ::a00:0 ::a00:ff']),
    [],
  )
  t.equal(parse('iprange 10.0.0.250 10.0.1.5').cluster.nodes.length, 12)
})

t.test('each range that overlaps is told once, and what stays overlaps nowhere', async (t) => {
  const lines = [
    'hostrange 10.0.0.1 10.0.0.10',
    'hostrange 10.0.0.9 10.0.0.30',
    'hostrange 10.0.0.2 10.0.0.20',
    'hostrange 10.0.0.25 10.0.0.26',
  ]
  t.same(brief(lines), ['2:1 range-overlap 1', '3:1 range-overlap 1'])
  t.same(
    parse(...lines).cluster.hostRanges.map((range) => range.span.line),
    [1, 4],
  )
})

t.test('of a hostrange and an iprange the hostrange is left out, since less depends on it', async (t) => {
  const { leftOut } = parse('hostrange 10.0.0.9 10.0.0.20', 'iprange 10.0.0.1 10.0.0.9')
  t.same(leftOut, [1])
})

t.test("a master's address in a hostrange", async (t) => {
  const range = 'hostrange 10.0.0.1 10.0.0.9'
  t.same(brief([range, 'interface eth1 10.0.0.9 255.255.255.0']), ['2:16 master-in-hostrange 1'])
  t.same(brief(['masterorder - 10.0.1.1 10.0.0.5', range]), ['2:1 master-in-hostrange 1'])
  t.same(brief([range, 'masterorder - 10.0.0.10 10.0.0.0']), [])
  t.same(parse(range, 'interface eth1 10.0.0.9 255.255.255.0').leftOut, [1])
})

t.test('a host outside every hostrange is told with the nearest one', async (t) => {
  const ranges = ['hostrange 10.0.0.10 10.0.0.19', 'hostrange 10.0.0.40 10.0.0.49', 'hostrange fd80::1 fd80::9']
  const host = (address: string) => brief([...ranges, `host 0:0:0:0:0:1 ${address} a`])
  for (const inside of ['10.0.0.10', '10.0.0.19', '10.0.0.45', 'fd80::5', '::ffff:10.0.0.11'])
    t.same(host(inside), [], inside)
  t.same(host('10.0.0.9'), ['4:18 host-outside-ranges 1'])
  t.same(host('10.0.0.25'), ['4:18 host-outside-ranges 1'])
  t.same(host('10.0.0.35'), ['4:18 host-outside-ranges 2'])
  t.same(host('200.0.0.1'), ['4:18 host-outside-ranges 2'])
  t.same(host('::2'), ['4:18 host-outside-ranges 3'])
  t.same(brief(['host 0:0:0:0:0:1 10.0.0.1']), ['1:18 host-outside-ranges'], 'a host without a name too')
})

t.test('the host is told first even where the nearest hostrange stands later', async (t) => {
  t.same(brief(['host 0:0:0:0:0:1 10.0.0.1 a', 'hostrange 10.0.0.2 10.0.0.3']), ['1:18 host-outside-ranges 2'])
})

t.test('a host counts as inside ranges that overlap, and while a hostrange can not be read', async (t) => {
  const host = 'host 0:0:0:0:0:1 10.0.0.15 a'
  t.same(brief(['hostrange 10.0.0.1 10.0.0.20', 'hostrange 10.0.0.3 10.0.0.5', host]), ['2:1 range-overlap 1'])
  t.same(brief(['hostrange 10.0.0.1 10.0.0.', host]), ['1:20 bad-address'])
})
