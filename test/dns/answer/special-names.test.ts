import t from 'tap'
import { isLocalhost, isPrivateReverse, specialAnswer } from '../../../src/dns/answer/special-names.ts'
import { TYPE } from '../../../src/dns/wire/dns2.ts'

const labels = (name: string): string[] => name.split('.')
/** The answer in short: its code, its records, and at which label from the left the zone begins that denies. */
function told(name: string, type: keyof typeof TYPE = 'A'): string | undefined {
  const answer = specialAnswer(labels(name), TYPE[type])
  if (answer === undefined) return undefined
  const data = answer.records.map((record) =>
    'address' in record ? `${record.type} ${[...record.address]}` : record.type,
  )
  return [answer.rcode, ...data, answer.denial === undefined ? '' : `denied below ${answer.denial.below}`]
    .join(' ')
    .trim()
}

t.test('localhost and all below it are loopback, in both families, and nothing else', async (t) => {
  for (const name of ['localhost', 'a.localhost', 'a.b.localhost']) {
    t.equal(told(name), '0 A 127,0,0,1', name)
    t.equal(told(name, 'AAAA'), `0 AAAA ${[...Array(15).fill(0), 1]}`, name)
    t.match(told(name, 'TXT'), /^0 denied/, name)
    t.ok(isLocalhost(labels(name)), name)
  }
  for (const name of ['localhost.cluster.internal', 'mylocalhost', 'x']) {
    t.equal(told(name), undefined, name)
    t.notOk(isLocalhost(labels(name)), name)
  }
})

t.test('a special zone is there without records, and no name is below it', async (t) => {
  for (const zone of ['test', 'invalid', 'local', 'onion', 'home.arpa', 'resolver.arpa', 'service.arpa']) {
    t.equal(told(zone), '0 denied below 0', zone)
    t.equal(told(`a.${zone}`), '3 denied below 1', zone)
    t.equal(told(`a.b.${zone}`), '3 denied below 2', zone)
  }
  for (const name of ['arpa', 'example', 'test.example', 'atest', 'in-addr.arpa', 'ip6.arpa'])
    t.equal(told(name), undefined, name)
})

t.test('the delegation of home.arpa is asked for elsewhere, all else of it is not', async (t) => {
  t.equal(told('home.arpa', 'DS'), undefined)
  t.equal(told('a.home.arpa', 'DS'), '3 denied below 1')
  t.equal(told('local', 'DS'), '0 denied below 0')
})

t.test('the reverse zones of private networks are special, those beside them are not', async (t) => {
  const special = [
    '10',
    '0',
    '127',
    '254.169',
    '168.192',
    '16.172',
    '31.172',
    '64.100',
    '127.100',
    '2.0.192',
    '100.51.198',
    '113.0.203',
  ]
  for (const octets of special) t.equal(told(`1.${octets}.in-addr.arpa`), '3 denied below 1', octets)
  for (const octets of ['11', '15.172', '32.172', '63.100', '128.100', '169.192', '253.169']) {
    t.equal(told(`1.${octets}.in-addr.arpa`), undefined, octets)
  }
  for (const nibbles of ['d.f', '8.e.f', 'b.e.f', '8.b.d.0.1.0.0.2', '1.'.concat('0.'.repeat(31)).slice(0, -1)]) {
    t.match(told(`${nibbles}.ip6.arpa`), /^0 denied below 0$/, nibbles)
  }
  for (const nibbles of ['c.f', '7.e.f', 'c.e.f', `2.${'0.'.repeat(30)}0`])
    t.equal(told(`${nibbles}.ip6.arpa`), undefined, nibbles)
})

t.test('private networks are those that sites number by themselves: neither loopback nor link-local', async (t) => {
  for (const name of [
    '10.in-addr.arpa',
    '5.4.3.10.in-addr.arpa',
    '20.172.in-addr.arpa',
    '100.100.in-addr.arpa',
    'a.d.f.ip6.arpa',
  ]) {
    t.ok(isPrivateReverse(labels(name)), name)
  }
  for (const name of [
    '127.in-addr.arpa',
    '254.169.in-addr.arpa',
    '8.e.f.ip6.arpa',
    '11.in-addr.arpa',
    'in-addr.arpa',
    'local',
  ]) {
    t.notOk(isPrivateReverse(labels(name)), name)
  }
})

t.test('a label with a dot in it is of no such name', async (t) => {
  t.equal(specialAnswer(['home.arpa'], TYPE.A), undefined)
  t.equal(specialAnswer(['a', '10.in-addr', 'arpa'], TYPE.A), undefined)
})

t.test('what is denied is denied for three hours by the zone itself', async (t) => {
  const { denial, ttl } = specialAnswer(['a', 'local'], TYPE.A) ?? {}
  t.equal(ttl, 10800)
  t.match(denial, { ttl: 10800, soa: { mname: 'local', rname: 'nobody.invalid', minimum: 10800 } })
})
