import t from 'tap'
import { commentsOf, imported, linesOf } from '../carried.ts'

t.test('hosts and ethers are told apart line by line, in one file or in two', async (t) => {
  const lines = ['hostrange 10.0.0.5 10.0.0.6', 'host 0:25:90:0:0:1 10.0.0.5 nas', 'host 0:25:90:0:0:2 10.0.0.6 ups']
  const ethers = '00:25:90:00:00:01 nas # by name\n00-25-90-00-00-02\t10.0.0.6\n'
  const hosts = '10.0.0.5 nas\n10.0.0.6\tups\r\n'
  t.same(linesOf(imported('hosts', { hosts, ethers })), lines)
  t.same(linesOf(imported('hosts', { both: hosts + ethers })), lines)
})

t.test('lines that say nothing usable are comments with file and line', async (t) => {
  const hosts = '# a comment\n10.0.0.5\nfe80::1%lo0 link\n10.0.0.300 far\n\n00:25:90:00:00:01\n00:25:90:00:00:02 a b\n'
  t.same(commentsOf(imported('hosts', { '/etc/hosts': hosts })), [
    '# /etc/hosts:2: 10.0.0.5: the line has no name',
    '# /etc/hosts:3: fe80::1%lo0 link: fe80::1%lo0 is neither an IP address nor a MAC address',
    '# /etc/hosts:4: 10.0.0.300 far: 10.0.0.300 is neither an IP address nor a MAC address',
    '# /etc/hosts:6: 00:25:90:00:00:01: a line of ethers is a MAC address and one name or IP address',
    '# /etc/hosts:7: 00:25:90:00:00:02 a b: a line of ethers is a MAC address and one name or IP address',
  ])
})

t.test('nothing in a comment reaches a terminal or starts a line', async (t) => {
  const { text } = imported('hosts', { 'a\nhost - 10.0.0.9 evil': '10.0.0.5 ok \u001b[2Jx\u0007\n\u0000 \u0085 y\n' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is sought
  t.notMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
  t.notMatch(text, /^host - 10.0.0.9/m)
})

t.test('a comment on a line of hosts stays on the host line, printable and bounded', async (t) => {
  const hosts = `10.0.0.1 pdu1 ## left rack\n10.0.0.2 nas#\n10.0.0.3 sw\t# \u001b[31mred\r\n10.0.0.3 sw2 # second\n10.0.0.4 ups # ${'x'.repeat(500)}\n`
  const ethers = '0:0:0:0:0:1 pdu1\n0:0:0:0:0:2 pdu1 # no comment of an address\n'
  const lines = linesOf(imported('hosts', { hosts, ethers })).filter((line) => line.startsWith('host '))
  t.same(lines.slice(0, 4), [
    'host 0:0:0:0:0:1 10.0.0.1 pdu1 # left rack',
    'host 0:0:0:0:0:2 10.0.0.1 pdu1',
    'host - 10.0.0.2 nas',
    'host - 10.0.0.3 sw sw2 # ␛[31mred; second',
  ])
  t.equal(lines[4], `host - 10.0.0.4 ups # ${'x'.repeat(200)}`)
})
