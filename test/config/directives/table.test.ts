import t from 'tap'
import { directiveOf, editDistance, suggestKeyword } from '../../../src/config/directives/table.ts'
import { formatMac } from '../../../src/values/index.ts'
import { brief, parse } from '../reading.ts'

t.test('keywords are case-sensitive', async (t) => {
  t.equal(directiveOf('nodes')?.keyword, 'nodes')
  t.equal(directiveOf('Nodes'), undefined)
  t.equal(directiveOf('constructor'), undefined)
})

t.test('edit distance counts letters inserted, dropped, changed, and neighbours swapped', async (t) => {
  t.equal(editDistance('', 'node'), 4)
  t.equal(editDistance('node', ''), 4)
  t.equal(editDistance('node', 'node'), 0)
  t.equal(editDistance('ndoe', 'node'), 1)
  t.equal(editDistance('nod', 'nodes'), 2)
  t.equal(editDistance('iprnage', 'hostrange'), 5)
})

t.test('a misspelt keyword suggests the nearest one; what is far from all suggests none', async (t) => {
  const suggestions = {
    hostrnage: 'hostrange',
    NODE: 'node',
    ndoe: 'node',
    kernalimage: 'kernelimage',
    masterordr: 'masterorder',
    hst: 'host',
  }
  for (const [unknown, keyword] of Object.entries(suggestions)) t.equal(suggestKeyword(unknown), keyword, unknown)
  for (const unknown of ['x', '', 'frobnicate', 'no', 'a'.repeat(1_000_000)])
    t.equal(suggestKeyword(unknown), undefined)
})

t.test('a second word of nodename that is meant as an address is never a netgroup', async (t) => {
  for (const wrong of ['fd00:::1', '10.0.0.x', '10.0.0.256', '10.0.0'])
    t.same(brief([`nodename a%N ${wrong}`]), ['1:14 bad-address'], wrong)
  t.same(brief(['nodename a%N 4th-rack']), [])
})

t.test('nodeassign has one policy, locked unless a line says append, and ignore any number of MACs', async (t) => {
  const policy = (...lines: string[]) => parse('nodes 0', ...lines).cluster.assignment
  t.equal(policy(), 'locked')
  t.equal(policy('nodeassign append'), 'append')
  t.equal(policy('nodeassign locked'), 'locked')
  t.equal(policy('nodeassign insert'), 'locked', 'what another program means by it gives nobody an address')
  t.same(brief(['nodes 0', 'nodeassign Append']), ['2:12 unknown-policy'])
  t.same(brief(['nodes 0', 'nodeassign append', 'nodeassign locked']), ['3:1 repeated 2'])
  t.same(brief(['nodes 0', 'nodeassign']), ['2:1 missing-argument'])
  const { cluster } = parse('nodes 0', 'ignore 2:0:0:0:0:1 02-00-00-00-00-02', 'ignore 2.0.0.0.0.3')
  t.same(cluster.ignored.map(formatMac), ['2:0:0:0:0:1', '2:0:0:0:0:2', '2:0:0:0:0:3'])
  t.same(brief(['nodes 0', 'ignore']), ['2:1 missing-argument'])
  t.same(brief(['nodes 0', 'ignore 2:0:0:0:0:1 pdu1']), ['2:20 bad-mac'])
})

t.test('what is written as other programs have it is told how it is written here', async (t) => {
  const told = (line: string) => parse('nodes 0', line).diagnostics.map(({ code, message }) => `${code}: ${message}`)
  for (const [line, wanted] of [
    [
      'interface eth0 10.0.0.1/24',
      /^missing-argument: .*\/24" is not an IP address: write the netmask as the next word/,
    ],
    ['interface eth0 10.0.0.1 24', /^bad-address: "24" is not a netmask of IPv4: write it as four numbers/],
    ['interface eth0 10.0.0.1 /24', /^bad-address: "\/24" is not a netmask of IPv4/],
    ['host - 10.0.0.1/24 pdu1', /^bad-address: "10.0.0.1\/24" is not an IP address: leave out "\/24"$/],
    ['host pdu1 10.0.0.1', /^bad-mac: .* or - if it is not known$/],
    ['iprange 10.0.0.1-10.0.0.9', /^missing-argument: .*; write the two ends of a range as two words$/],
    ['iprange 10.0.0.1', /^missing-argument: .* IP1 IP2$/],
    ['node compute 5', /^bad-sequence: "5" .*; the number of a node stands before its class$/],
    ['node 5 compute pxx', /^bad-sequence: .* joined with \+$/],
  ] as const)
    t.match(told(line)[0], wanted, line)
})
