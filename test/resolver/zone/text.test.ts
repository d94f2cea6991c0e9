import t from 'tap'
import type { RecordData } from '../../../src/resolver/zone/record.ts'
import { recordLine } from '../../../src/resolver/zone/text.ts'
import { ip } from '../../addresses.ts'

const line = (owner: string, data: RecordData): string => recordLine({ owner, data }, 60)

t.test('a record is one line: owner, TTL, class, type and data, all names with a final dot', async (t) => {
  t.equal(line('n0.c', { type: 'A', address: ip('10.0.0.1').bytes }), 'n0.c. 60 IN A 10.0.0.1')
  t.equal(line('n0.c', { type: 'AAAA', address: ip('fd00::1').bytes }), 'n0.c. 60 IN AAAA fd00::1')
  t.equal(line('c', { type: 'NS', target: 'ns.c' }), 'c. 60 IN NS ns.c.')
  t.equal(line('1.c', { type: 'PTR', target: 'n0.c' }), '1.c. 60 IN PTR n0.c.')
  const srv = { type: 'SRV', priority: 1, weight: 2, port: 3, target: 'n0.c' } as const
  t.equal(line('_x._tcp.c', srv), '_x._tcp.c. 60 IN SRV 1 2 3 n0.c.')
  const times = { serial: 4294967295, refresh: 2, retry: 3, expire: 4, minimum: 5 }
  t.equal(line('c', { type: 'SOA', mname: 'm.c', rname: 'h.c', ...times }), 'c. 60 IN SOA m.c. h.c. 4294967295 2 3 4 5')
})

t.test('a byte that a master file reads as something else has a backslash, or is a number', async (t) => {
  const owner = (name: string): string => line(name, { type: 'NS', target: 'x' }).replace(' 60 IN NS x.', '')
  t.equal(owner('a;b"c(d)e@f$g\\h,i'), 'a\\;b\\"c\\(d\\)e\\@f\\$g\\\\h\\,i.')
  t.equal(owner('a b\tc\nd\x7fe\xe9\0'), 'a\\032b\\009c\\010d\\127e\\233\\000.')
  t.equal(owner("AZaz09-_.!#%&'*+/:<=>?[]^`{|}~"), "AZaz09-_.!#%&'*+/:<=>?[]^`{|}~.")
})

t.test('names in the data are written as owners are', async (t) => {
  t.equal(line('c', { type: 'PTR', target: 'a b.c' }), 'c. 60 IN PTR a\\032b.c.')
})
