import t from 'tap'
import { fixture, imported, linesOf, lost } from './carried.ts'
import { FACTS } from './facts.ts'
import { SITES } from './sites.ts'

for (const [format, ...files] of SITES) {
  t.test(`${format}: each name and address of ${files.join(' and ')} is answered, or in a comment`, async (t) => {
    const texts = Object.fromEntries(files.map((file) => [file, fixture(file)]))
    const all = files.flatMap((file) => FACTS[format](file, texts[file] ?? ''))
    t.ok(all.length > 5, `${all.length} facts`)
    t.same(lost(imported(format, texts), all), [])
  })
}

t.test('a name that is taken out of the configuration of a site is missed', async (t) => {
  const file = 'hosts/telescope.hosts'
  const written = imported('hosts', { [file]: fixture(file) })
  const text = written.text.replace('host - 10.1.1.10 dsp-external\n', '')
  t.same(lost({ ...written, text }, FACTS.hosts(file, fixture(file))), [
    { file, line: 9, address: '10.1.1.10' },
    { file, line: 9, name: 'dsp-external', address: '10.1.1.10' },
  ])
})

t.test('computers of a telescope are nodes, and their IPMI companions', async (t) => {
  t.same(linesOf(imported('hosts', { hosts: fixture('hosts/telescope.hosts') })), [
    'nodes 7',
    'iprange 0 169.254.128.1 169.254.128.1',
    'iprange 1 169.254.128.11 169.254.128.16',
    'nodename dsp%N',
    'nodename 0 dsp',
    'nodename 1-6 dsp%N-ipmi 0.0.0.20 bmcs',
    'hostrange 10.1.1.10 10.1.1.10',
    'host - 10.1.1.10 dsp-external',
  ])
})

t.test('a Beowulf cluster behind dhcpd keeps its numbers and its gaps', async (t) => {
  const lines = linesOf(imported('dhcpd', { conf: fixture('dhcpd/frost.conf') }))
  t.same(lines.slice(0, 4), [
    'iprange 0 192.0.2.1 192.0.2.6',
    'iprange 7 192.0.2.8 192.0.2.58',
    'iprange 59 192.0.2.60 192.0.2.60',
    'nodename fc%N',
  ])
  t.equal(lines.length, 4 + 58, 'and each node has its MAC')
})

t.test('names of genders get their addresses from files of hosts', async (t) => {
  const hosts = Array.from({ length: 10 }, (_, i) => `10.0.0.${i + 1} slave${String(i + 1).padStart(2, '0')}\n`).join(
    '',
  )
  const written = imported(
    'genders',
    { genders: fixture('genders/ranges.genders') },
    { hosts: [{ path: 'hosts', bytes: Buffer.from(`${hosts}10.0.0.99 node1\n10.0.0.98 node2\n10.0.0.97 node3\n`) }] },
  )
  t.same(linesOf(written).slice(0, 2), ['iprange 1 10.0.0.1 10.0.0.10', 'nodename slave%2N'])
  t.match(written.text, /^# {3}nodes \(slave01,-,\) \(slave02,-,\)/m)
})
