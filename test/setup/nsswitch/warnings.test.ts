import t from 'tap'
import { nsswitchWarnings } from '../../../src/setup/nsswitch/warnings.ts'
import { image } from '../image.ts'

const warnings = (t: Parameters<typeof image>[0], text: string, files = {}): readonly string[] =>
  nsswitchWarnings(image(t, files), text)

t.test('a file without faults has no warning', async (t) => {
  t.same(warnings(t, 'passwd: files kickback systemd\nhosts: files kickback dns\nservices: sss [x\n'), [])
})

t.test('nscd in front is told', async (t) => {
  t.match(warnings(t, 'passwd: files kickback\n', { '/run/nscd/socket': '' }), [/^nscd runs, and gives old answers/])
})

t.test('sss ahead of the cluster is told for each database', async (t) => {
  t.match(warnings(t, 'passwd: sss files kickback\ngroup: files kickback sss\n'), [/^passwd: sss comes first/])
})

t.test('a source that comes too late is told', async (t) => {
  t.match(warnings(t, 'hosts: files mdns4 [NOTFOUND=return] kickback\n'), [/^hosts: kickback comes after mdns4/])
  t.match(warnings(t, 'hosts: files dns kickback\n'), [/^hosts: kickback comes after dns/])
  t.match(warnings(t, 'passwd: nis [NOTFOUND=return] files kickback\n'), [/^passwd: kickback comes after nis/])
})

t.test('a line that is not understood is told', async (t) => {
  t.match(warnings(t, 'hosts: files [NOTFOUND=return dns\n'), [/does not understand the line hosts/])
})
