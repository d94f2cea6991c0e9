import t from 'tap'
import { ImportError } from '../../../src/import/entry.ts'
import type { ImportFormat } from '../../../src/import/formats.ts'
import { commentsOf, imported, linesOf } from '../carried.ts'

/** Why a text is refused, with its line. */
function refusal(format: ImportFormat, text: string): string {
  try {
    return imported(format, { source: text }).text
  } catch (error) {
    if (!(error instanceof ImportError)) throw error
    return `${error.place.file}:${error.place.line}: ${error.message}`
  }
}

t.test('a file whose structure is broken is refused at a line', async (t) => {
  const host = 'host a { hardware ethernet 0:0:0:0:0:1; }\n'
  for (const [format, text, reason] of [
    ['dhcpd', `${host}group {\n host b {\n }\n`, 'source:2: the block that opens here has no closing brace'],
    ['dhcpd', `${host}}\n`, 'source:2: this closing brace has no block'],
    ['dhcpd', `${host}\nfilename "x;\n`, 'source:3: a string has no closing quote'],
    ['warewulf', 'nodes:\n  a: [\n', /^source:\d: this is not YAML: /],
    ['warewulf', 'nodes:\n  a: {}\n  b: {}\n  a: {}\n', 'source:4: the key a stands here for the second time'],
    ['warewulf', '- a\n', 'source:1: the file is not a map of YAML'],
    ['warewulf', 'ipaddr: 10.0.0.1\n', 'source:1: there is no map of nodes: is this a nodes.conf of Warewulf 4?'],
    [
      'warewulf',
      `nodes: ${'['.repeat(20_000)}`,
      /^source:1: (?:the values of the file are nested too deep|this is not YAML)/,
    ],
  ] as const) {
    if (typeof reason === 'string') t.equal(refusal(format, text), reason)
    else t.match(refusal(format, text), reason)
  }
})

t.test('what a short text could multiply is bounded', async (t) => {
  const attributes = Array.from({ length: 2000 }, (_, i) => `a${i}`).join(',')
  t.match(
    refusal('genders', `n[1-100000] ${attributes}\n`),
    /^# source:1: n\[1-100000\] a0,a1.* it has too many names$/m,
  )
  const some = `n[1-9000] ${attributes.slice(0, 7000)}\n`
  t.match(refusal('genders', some.repeat(9)), /too many names/)
  const profile = Array.from({ length: 1000 }, (_, i) => `      d${i}: {device: e${i}}`).join('\n')
  const nodes = Array.from({ length: 1000 }, (_, i) => `  n${i}: {profiles: [p]}`).join('\n')
  const text = `nodeprofiles:\n  p:\n    network devices:\n${profile}\nnodes:\n${nodes}\n`
  t.match(
    refusal('warewulf', text),
    /^source:\d+: the profiles of the nodes up to here have more than 1048576 values of network devices$/,
  )
})

t.test('a block with many names and many addresses is refused, not multiplied', async (t) => {
  const names = Array.from({ length: 3000 }, (_, i) => `m${i}`)
  const addresses = Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
  const refused = /^source:1: up to here there are more than 4194304 names of addresses and MACs$/
  t.match(refusal('dhcpd', `host a { fixed-address ${[...names, ...addresses].join(', ')}; }`), refused)
  t.match(refusal('dnsmasq', `host-record=${[...names, ...addresses].join(',')}`), refused)
  const ethers = addresses.map((_, i) => `0:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)} m0`).join('\n')
  t.match(refusal('hosts', `10.0.0.1 ${names.join(' ')}\n${ethers}\n`), refused)
  t.match(refusal('warewulf', `nodes: ${'&a '.repeat(10_001)}`), /more than 10000 anchors and tags$/)
})

t.test('aliases of YAML are followed, and a chain of them ends', async (t) => {
  const text =
    'base: &b\n  eth: &e\n    ipaddr: 10.0.0.5\nloop: &l [*l]\nnodes:\n  a: {network devices: *b}\n  b: {network devices: {eth: *none}}\n'
  t.match(refusal('warewulf', text), /this is not YAML|^host - 10.0.0.5 a$/m)
  const good = 'base: &b\n  eth:\n    ipaddr: 10.0.0.5\nnodes:\n  a: {network devices: *b}\n'
  t.same(linesOf(imported('warewulf', { source: good })), ['hostrange 10.0.0.5 10.0.0.5', 'host - 10.0.0.5 a'])
})

t.test('dnsmasq: records and aliases are names; what is no name of a machine is a comment', async (t) => {
  const text = [
    'host-record=nas,nas.lan,10.0.0.5,fd00::5,60',
    'cname=files,backup,nas,60',
    '--dhcp-host=01-00:00:00:00:00:07,[fd00::7],seven,infinite # a comment',
    'address=/*.web.lan/10.0.0.6',
    'address=/#/10.0.0.1',
    'dhcp-host=11:22:33:*:*:*,id:x,set:t,10.0.0.9,nine,45m',
    'dhcp-host=00:00:00:00:00:08,ignore',
    'srv-host=_ldap._tcp,nas,389',
    'addn-hosts=/etc/more',
    'domain-needed',
  ].join('\n')
  const written = imported('dnsmasq', { conf: text })
  t.same(
    linesOf(written).filter((line) => line.startsWith('host ')),
    [
      'host - 10.0.0.5 nas nas.lan files backup',
      'host - fd00::5 nas nas.lan',
      'host 0:0:0:0:0:7 fd00::7 seven',
      'host - 10.0.0.6 web.lan',
      'host - 10.0.0.9 nine',
    ],
  )
  t.same(
    commentsOf(written).map((line) => line.slice(2, 9).trim()),
    ['conf:4:', 'conf:5:', 'conf:6:', 'conf:7:', 'conf:8:', 'conf:9:'],
  )
})

t.test('dhcpd: names by option, by block and by address; the last block in a condition too', async (t) => {
  const text = `
    subnet 10.0.0.0 netmask 255.255.255.0 { group { if known {
      host eth0-of-a { option host-name "a"; hardware ethernet 0:0:0:0:0:1; fixed-address 10.0.0.1, 10.0.1.1; }
      host b { hardware token-ring 0:0:0:0:0:2; fixed-address b.lan; }
      host c { deleted; fixed-address 10.0.0.3; }
    } } }
    include "more.conf";`
  const written = imported(
    'dhcpd',
    { conf: text },
    { hosts: [{ path: 'hosts', bytes: Buffer.from('10.0.0.2 b.lan\n') }] },
  )
  t.same(
    linesOf(written).filter((line) => line.startsWith('host ')),
    ['host 0:0:0:0:0:1 10.0.0.1 a eth0-of-a', 'host - 10.0.1.1 a eth0-of-a', 'host - 10.0.0.2 b.lan b'],
  )
  t.same(commentsOf(written), [
    '# conf:4: b: hardware token-ring 0:0:0:0:0:2 is not one MAC address of Ethernet',
    '# conf:5: c: the host is deleted',
    '# conf:7: include more.conf: give this file to import too',
  ])
})

t.test('Warewulf: profiles, primary devices, further devices and controllers', async (t) => {
  const text = `
nodeprofiles:
  gpu:
    network devices:
      fast: {ipaddr: 10.9.0.1/16}
nodes:
  a:
    profiles: [gpu]
    ipmi: {ipaddr: 10.8.0.1}
    network devices:
      slow: {hwaddr: "0:0:0:0:0:1", ipaddr: 10.0.0.1, primary: "true", ip6addr: "fd00::1"}
  b:
    network devices:
      ib0: {hwaddr: 80:00:02:08:fe:80, ipaddr: nonsense}
`
  const written = imported('warewulf', { conf: text })
  t.same(
    linesOf(written).filter((line) => line.startsWith('host ')),
    ['host - 10.9.0.1 a-fast', 'host 0:0:0:0:0:1 10.0.0.1 a', 'host - fd00::1 a', 'host - 10.8.0.1 a-ipmi'],
  )
  t.match(written.text, /^# {3}gpu \(a,-,\)$/m)
  t.match(commentsOf(written).join('\n'), /conf:14: ipaddr nonsense is not an address/)
})

t.test('xCAT: interfaces, MACs of other names, controllers, objects of other types', async (t) => {
  const text = [
    'n1:',
    '    objtype=node',
    '    ip=10.0.0.1',
    '    hostnames="one uno"',
    '    mac=0:0:0:0:0:1|0:0:0:0:0:2!n1-eth1|0001020304!x',
    '    nicips.eth1=10.1.0.1|10.2.0.1',
    '    nichostnamesuffixes.eth1=-eth1|-lab',
    '    nicaliases.eth1=fast|x y',
    '    bmc=10.8.0.1',
    '    groups=compute,all',
    'compute:',
    '    objtype=group',
    '    nonsense',
  ].join('\n')
  const written = imported('xcat', { stanza: text })
  t.same(
    linesOf(written).filter((line) => line.startsWith('host ') || line.startsWith('node')),
    [
      'nodename n%N',
      'nodename 1 one',
      'nodename 1 uno',
      'node 1 0:0:0:0:0:1',
      'host 0:0:0:0:0:2 10.1.0.1 n1-eth1 fast',
      'host - 10.2.0.1 n1-lab x y',
      'host - 10.8.0.1 n1-bmc',
    ],
  )
  t.same(commentsOf(written), [
    '# stanza:5: n1: mac=0001020304!x is not a MAC address of Ethernet',
    '# stanza:11: compute: an object of type group',
    '# stanza:13: nonsense: neither NAME: nor ATTRIBUTE=VALUE',
  ])
})

t.test(
  'genders: a list is split at commas outside brackets, and brackets that do not match are a comment',
  async (t) => {
    const hosts = [{ path: 'hosts', bytes: Buffer.from('10.0.0.1 a\n10.0.0.3 b3\n10.0.0.5 b5x\n') }]
    const written = imported(
      'genders',
      { genders: 'a,b[3,5-6]x,b[3] g\n[ h\na] i\na[1-2][3] j\n' },
      { hosts, nodeNames: [] },
    )
    t.match(written.text, /^# {3}g \(a,-,\) \(b5x,-,\) \(b3,-,\)$/m)
    t.equal(commentsOf(written).filter((line) => line.includes('this is not a list of hosts')).length, 3)
  },
)

t.test('genders: lists of hosts, addresses and aliases in attributes, groups', async (t) => {
  const text =
    'n[08-10] compute,rack=1,altname=%n-data\nn08 ip=10.0.0.8,mac=0:0:0:0:0:8,ip2=10.1.0.8,alias2=n08-ib\nlogin,n[1 x\n'
  const written = imported('genders', { genders: text })
  t.same(
    linesOf(written).filter((line) => line.startsWith('host ')),
    ['host 0:0:0:0:0:8 10.0.0.8 n08 n08-data', 'host - 10.1.0.8 n08 n08-ib'],
  )
  t.match(written.text, /^# {3}compute \(n08,-,\)$/m)
  t.match(commentsOf(written)[0] ?? '', /rack=1: values of the attribute rack have no place in a configuration$/)
})
