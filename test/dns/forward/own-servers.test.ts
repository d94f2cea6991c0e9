import t from 'tap'
import { isOneOf, ownServers } from '../../../src/dns/forward/own-servers.ts'
import { endpoint } from '../cluster.ts'

const LOCAL = ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1'].map((host) => endpoint(host, 0).address)
const at = (text: string) => {
  const [, host = '', port] = /^(.*)@(\d+)$/.exec(text) ?? []
  return endpoint(host, Number(port))
}
/** Which of the servers are our own. */
const own = (servers: readonly string[], ...listen: readonly string[]) =>
  ownServers(servers.map(at), listen.map(at), LOCAL).map(({ host, port }) => `${host}@${port}`)

t.test('a server is ourselves where we listen at its address and port', async (t) => {
  const servers = ['10.0.0.1@53', '10.0.0.1@5353', '10.0.0.2@53', '127.0.0.1@53', 'fd00::1@53']
  t.same(own(servers, '10.0.0.1@53'), ['10.0.0.1@53'])
  t.same(own(servers, '10.0.0.1@53', 'fd00::1@53'), ['10.0.0.1@53', 'fd00::1@53'])
  t.same(own(servers), [])
})

t.test('a wildcard has every address of the machine, and all of 127.0.0.0/8', async (t) => {
  const servers = ['10.0.0.1@53', '10.0.0.2@53', '127.0.0.1@53', '127.9.9.9@53', '127.0.0.1@54', '::1@53', 'fd00::1@53']
  t.same(own(servers, '0.0.0.0@53'), ['10.0.0.1@53', '127.0.0.1@53', '127.9.9.9@53'])
  t.same(own(servers, '::@53'), ['::1@53', 'fd00::1@53'])
})

t.test('a wildcard as a destination is loopback, and an IPv4 address in IPv6 is that address', async (t) => {
  t.same(own(['0.0.0.0@53', '::@53'], '127.0.0.1@53'), ['0.0.0.0@53'])
  t.same(own(['0.0.0.0@53', '::@53'], '0.0.0.0@53', '::1@53'), ['0.0.0.0@53', '::@53'])
  t.same(own(['0.0.0.0@53'], '127.0.0.53@53', '10.0.0.1@53'), [])
  t.same(own(['::ffff:10.0.0.1@53'], '10.0.0.1@53'), ['::ffff:10.0.0.1@53'])
})

t.test('a client is one of the servers by its address; on this machine by its port too', async (t) => {
  const isOne = (client: string) =>
    isOneOf([at('10.0.0.9@53'), at('10.0.0.1@5353'), at('127.0.0.1@54')], at(client), LOCAL)
  t.ok(isOne('10.0.0.9@40000'))
  t.notOk(isOne('10.0.0.8@53'))
  t.ok(isOne('10.0.0.1@5353'))
  t.notOk(isOne('10.0.0.1@40000'), 'another program of this machine')
  t.ok(isOne('127.0.0.1@54'))
  t.notOk(isOne('127.0.0.1@40000'))
})
