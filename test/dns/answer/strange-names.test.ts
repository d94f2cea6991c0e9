/** Names that are in none of our zones: short, special by standard, above our zones, of other networks. */
import t from 'tap'
import { Responder } from '../../../src/dns/answer/responder.ts'
import { query } from '../client.ts'
import { endpoint, settingsOf, snapshotOf } from '../cluster.ts'
import { decode } from '../decode.ts'

const CONFIG = `nodes 3
iprange 10.20.31.100 10.20.31.131
hostrange 10.20.30.4 10.20.30.9
hostrange fd00::1 fd00::ff
host 02:00:00:00:00:01 10.20.30.5 dev
host 02:00:00:00:00:04 fd00::5 six
`
const forward = [endpoint('192.0.2.1', 53)]
const alone = new Responder(snapshotOf(CONFIG), settingsOf())
const forwarding = new Responder(snapshotOf(CONFIG), settingsOf({ forward }))

/** What a question gets: where it goes, or code, flags, records of the answer, and owners of the authority. */
function told(responder: Responder, name: string, type: Parameters<typeof query>[1] = 'A', flags = 0x100): string {
  const verdict = responder.respond(query(name, type, { flags }), {
    transport: 'udp',
    time: () => 1_700_000_000,
    cookie: () => undefined,
    room: () => 1232,
  })
  if (verdict?.kind === 'elsewhere') return verdict.exists ? `${verdict.to}, exists` : verdict.to
  if (verdict?.kind !== 'reply') return `${verdict?.kind}`
  const { rcode, aa, answers, authorities } = decode(verdict.bytes)
  const records = [...answers.map(({ data }) => data), ...authorities.map((record) => `! ${record.name}`)]
  return [`${rcode}${aa ? ' aa' : ''}`, ...records].join(' | ')
}

t.test(
  'an unknown name without dots does not exist where nobody else is asked, and that is not said with authority',
  async (t) => {
    for (const name of ['nosuch', 'n99', 'internal-name', 'com', 'test']) t.equal(told(alone, name), '3', name)
    for (const type of ['AAAA', 'MX', 'DS', 'ANY'] as const) {
      t.equal(told(alone, 'nosuch', { AAAA: 28, MX: 15, DS: 43, ANY: 255 }[type]), '3', type)
    }
    t.equal(told(alone, 'nosuch', 'A', 0), '3', 'recursion is not wanted')
    t.equal(told(alone, 'www.example.org'), '5', 'a name with dots may be known elsewhere')
    t.equal(told(alone, '', 'NS'), '5', 'the root')
  },
)

t.test('with resolvers to ask, an unknown name without dots is asked there', async (t) => {
  for (const name of ['nosuch', 'com', '']) t.equal(told(forwarding, name, 'NS'), 'forward', name)
  t.equal(told(forwarding, 'nosuch', 'A', 0), '5')
})

t.test('a short name has addresses; whatever else it has is not ours', async (t) => {
  t.equal(told(forwarding, 'dev'), '0 aa | 10.20.30.5')
  t.equal(told(forwarding, 'dev', 'AAAA'), '0 aa | ! dev.')
  for (const type of [15, 43, 2, 6, 16, 48]) {
    t.equal(told(forwarding, 'dev', type), 'forward, exists', `type ${type}`)
    t.equal(told(alone, 'dev', type), '0', `type ${type}: no such records, and nothing else is claimed`)
  }
})

t.test('names that are special by standard are asked of nobody', async (t) => {
  const special = ['test', 'a.test', 'invalid', 'x.invalid', 'printer.local', 'a.onion', 'home.arpa', 'nas.home.arpa']
  for (const name of [...special, 'local', 'onion', '_dns.resolver.arpa', 'default.service.arpa']) {
    const origin = name
      .split('.')
      .slice(name.endsWith('.arpa') ? -2 : -1)
      .join('.')
    t.equal(told(forwarding, name), `${name === origin ? 0 : 3} aa | ! ${origin}.`, name)
  }
  for (const name of ['localtest', 'example', 'www.example', 'contest', 'arpa', 'ipv4only.arpa']) {
    t.equal(told(forwarding, name), name === 'arpa' ? 'forward, exists' : 'forward', name)
  }
  t.equal(told(forwarding, 'home.arpa', 43), 'forward', 'that home.arpa is not signed has to be learnt from its parent')
})

t.test('names that are special by standard exist nowhere for a client of a server that asks nobody', async (t) => {
  const special = ['a.test', 'x.invalid', 'printer.local', 'a.b.onion', 'nas.home.arpa', '_dns.resolver.arpa']
  for (const name of special) {
    t.equal(told(alone, name), told(forwarding, name), name)
    t.match(told(alone, name), /^3 aa \| ! /, name)
  }
  for (const name of ['test', 'local']) t.equal(told(alone, name), '3', 'without dots: as all such names')
  for (const name of ['www.example', 'a.contest', 'x.local.example.org']) t.equal(told(alone, name), '5', name)
})

/** The reverse name of an address of IPv6 that begins with these digits. */
const ip6 = (digits: string): string => `${[...digits.padEnd(32, '0')].reverse().join('.')}.ip6.arpa`

t.test('reverse names of private networks exist nowhere for a client of a server that asks nobody', async (t) => {
  const inAddr: [string, string][] = [
    ['1.1.168.192', '168.192'],
    ['1.1.99.10', '10'],
    ['1.0.0.127', '127'],
    ['254.169.254.169', '254.169'],
    ['0.0.0.0', '0'],
    ['255.255.255.255', '255.255.255.255'],
    ...['16', '31'].map((octet): [string, string] => [`9.9.${octet}.172`, `${octet}.172`]),
    ...['64', '127'].map((octet): [string, string] => [`9.9.${octet}.100`, `${octet}.100`]),
  ]
  const names: [string, string][] = inAddr.map(([name, zone]) => [`${name}.in-addr.arpa`, `${zone}.in-addr.arpa`])
  for (const [name, zone] of names) {
    const rcode = name === zone ? 0 : 3
    for (const flags of [0x100, 0]) t.equal(told(alone, name, 'PTR', flags), `${rcode} aa | ! ${zone}.`, name)
    t.equal(told(alone, name, 'A'), `${rcode} aa | ! ${zone}.`, `${name}, another type`)
  }
  for (const [digits, zone] of [
    ['fd12', 'd.f'],
    ['fe80', '8.e.f'],
    ['febf', 'b.e.f'],
    ['20010db8', '8.b.d.0.1.0.0.2'],
  ] as const) {
    t.equal(told(alone, ip6(digits), 'PTR'), `3 aa | ! ${zone}.ip6.arpa.`, digits)
  }
  for (const name of ['9.9.15.172', '9.9.32.172', '9.9.63.100', '9.9.128.100', '1.1.1.11', '8.8.8.8', '1.1.169.192']) {
    t.equal(told(alone, `${name}.in-addr.arpa`, 'PTR'), '5', `${name} is public`)
  }
  for (const digits of ['fec0', 'fc00', '2001', 'fe7f']) t.equal(told(alone, ip6(digits), 'PTR'), '5', digits)
  t.equal(told(alone, '5.30.20.10.in-addr.arpa', 'PTR'), '0 aa | dev.cluster.internal.', 'ours is ours')
  t.equal(told(alone, '9.30.20.10.in-addr.arpa', 'PTR'), '3 aa | ! 30.20.10.in-addr.arpa.')
})

t.test('a label with dots in it does not make a name special', async (t) => {
  const question = query('a.b', 'PTR')
  const name = Buffer.from('\x011\x0a10.in-addr\x04arpa\x00', 'latin1')
  const message = Buffer.concat([question.subarray(0, 12), name, question.subarray(-4)])
  const source = { transport: 'udp', time: () => 1_700_000_000, cookie: () => undefined, room: () => 1232 } as const
  const verdict = alone.respond(message, source)
  t.equal(verdict?.kind === 'reply' && decode(verdict.bytes).rcode, 5)
})

t.test('localhost is loopback, everywhere and with all below it', async (t) => {
  for (const responder of [alone, forwarding]) {
    for (const name of ['localhost', 'LocalHost', 'a.localhost']) {
      t.equal(told(responder, name), '0 aa | 127.0.0.1', name)
      t.equal(told(responder, name, 'AAAA'), `0 aa | ${'0'.repeat(31)}1`, name)
      t.equal(told(responder, name, 15).toLowerCase(), '0 aa | ! localhost.', name)
    }
  }
})

t.test('a domain of ours that is special by standard, or lies in what is, is ours', async (t) => {
  for (const domain of ['cluster.local', 'local', 'hpc.home.arpa', 'lab.test']) {
    const own = new Responder(snapshotOf(CONFIG, 1, { domain }), settingsOf({ forward }))
    t.equal(told(own, `dev.${domain}`), '0 aa | 10.20.30.5', domain)
    t.equal(told(own, `nosuch.${domain}`), `3 aa | ! ${domain}.`, domain)
    t.equal(told(own, domain, 'SOA').startsWith('0 aa'), true, domain)
  }
})

t.test('what lies above our zones exists', async (t) => {
  const local = new Responder(snapshotOf(CONFIG, 1, { domain: 'a.cluster.local' }), settingsOf({ forward }))
  t.equal(told(local, 'cluster.local'), '0 aa | ! local.')
  t.equal(told(local, 'local'), '0 aa | ! local.')
  t.equal(told(local, 'other.local'), '3 aa | ! local.')
  t.equal(told(forwarding, 'internal'), 'forward, exists')
  for (const name of ['20.10.in-addr.arpa', '10.in-addr.arpa']) {
    t.equal(told(forwarding, name), '0 aa | ! 10.in-addr.arpa.', name)
  }
  t.equal(told(forwarding, '21.10.in-addr.arpa'), '3 aa | ! 10.in-addr.arpa.')
  t.equal(told(forwarding, '0.0.d.f.ip6.arpa'), '0 aa | ! d.f.ip6.arpa.')
  t.equal(told(forwarding, 'in-addr.arpa', 'SOA'), 'forward, exists')
  for (const name of ['internal', 'in-addr.arpa', 'arpa', 'ip6.arpa']) {
    t.equal(told(alone, name), '0', `${name}, where nobody else is asked`)
  }
  for (const name of ['20.10.in-addr.arpa', '10.in-addr.arpa']) t.equal(told(alone, name), '0 aa | ! 10.in-addr.arpa.')
  t.equal(told(alone, '0.0.d.f.ip6.arpa'), '0 aa | ! d.f.ip6.arpa.')
})

t.test(
  'reverse zones of private networks stay in, unless they are named as ones that the resolvers know',
  async (t) => {
    const names = [
      '9.9.9.10.in-addr.arpa',
      '7.7.168.192.in-addr.arpa',
      '1.0.0.127.in-addr.arpa',
      '9.30.20.10.in-addr.arpa',
    ]
    const where = (forwardZones: string[]) => {
      const named = new Responder(snapshotOf(CONFIG), settingsOf({ forward, forwardZones }))
      return names.map((name) => told(named, name, 'PTR').split(' ')[0])
    }
    t.same(where([]), ['3', '3', '3', '3'])
    t.same(where(['10.in-addr.arpa']), ['forward', '3', '3', '3'], 'an address of our ranges is ours to deny')
    t.same(where(['168.192.in-addr.arpa', '9.9.10.in-addr.arpa']), ['forward', 'forward', '3', '3'])
    const beside = new Responder(snapshotOf(CONFIG), settingsOf({ forward, forwardZones: ['10.in-addr.arpa'] }))
    t.equal(told(beside, '77.30.20.10.in-addr.arpa', 'PTR'), 'forward', 'beside our ranges, and not ours to deny')
    t.equal(told(beside, '5.30.20.10.in-addr.arpa', 'PTR'), '0 aa | dev.cluster.internal.')
    t.equal(told(beside, '10.in-addr.arpa', 'SOA'), 'forward, exists')
    const unasked = new Responder(snapshotOf(CONFIG), settingsOf({ forwardZones: ['10.in-addr.arpa'] }))
    t.equal(told(unasked, '9.9.9.10.in-addr.arpa', 'PTR'), '3 aa | ! 10.in-addr.arpa.', 'there is nobody to ask')
  },
)

t.test("reverse names of private networks are asked of the site's own servers, where there are such", async (t) => {
  const site = [
    '1.1.99.10.in-addr.arpa',
    '7.7.168.192.in-addr.arpa',
    '1.0.31.172.in-addr.arpa',
    '1.0.64.100.in-addr.arpa',
    '0.0.1.0.d.f.ip6.arpa',
  ]
  for (const settings of [{ fallthrough: forward }, { forward, fallthrough: forward }]) {
    const falling = new Responder(snapshotOf(CONFIG), settingsOf(settings))
    for (const name of site) {
      t.equal(told(falling, name, 'PTR'), 'fallthrough', name)
      t.equal(told(falling, name, 'PTR', 0), '5', `${name} is not ours to deny to who wants no recursion`)
    }
    t.equal(told(falling, '168.192.in-addr.arpa', 'SOA'), 'fallthrough', 'the top of a zone of the site')
    t.equal(told(falling, '10.in-addr.arpa', 'SOA'), 'fallthrough, exists', 'above a zone of ours')
    t.equal(told(falling, '5.30.20.10.in-addr.arpa', 'PTR'), '0 aa | dev.cluster.internal.', 'ours is ours')
    for (const name of ['1.0.0.127.in-addr.arpa', '1.1.0.16.172.in-addr.arpa.example', '1.0.32.172.in-addr.arpa']) {
      t.not(told(falling, name, 'PTR'), 'fallthrough', name)
    }
  }
  const named = new Responder(
    snapshotOf(CONFIG),
    settingsOf({ forward, fallthrough: forward, forwardZones: ['10.in-addr.arpa'] }),
  )
  t.equal(told(named, '1.1.99.10.in-addr.arpa', 'PTR'), 'forward', 'the setting that names a zone comes first')
})

t.test('a name of ours that does not exist is asked of nobody but servers of the same zone', async (t) => {
  const ours = ['nosuch.cluster.internal', 'x.dev.cluster.internal', '9.30.20.10.in-addr.arpa']
  for (const name of ours) t.match(told(forwarding, name, 'PTR'), /^3 aa/, name)
  const falling = new Responder(snapshotOf(CONFIG), settingsOf({ forward, fallthrough: forward }))
  for (const name of ours) t.equal(told(falling, name, 'PTR'), 'fallthrough', name)
  t.equal(told(falling, 'dev.cluster.internal', 'AAAA'), '0 aa | ! cluster.internal.')
})
