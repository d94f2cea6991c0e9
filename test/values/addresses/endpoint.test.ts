import t from 'tap'
import { endpointAt, formatEndpoint, LOOPBACK, parseEndpoint } from '../../../src/values/index.ts'

const read = (text: string, usualPort?: number) => {
  const endpoint = parseEndpoint(text, usualPort)
  return endpoint && formatEndpoint(endpoint)
}

t.test('an endpoint is a numeric address and a port, IPv6 in brackets', async (t) => {
  for (const text of ['10.0.0.1:3045', '[fd00::1]:3045', '[::]:0', '0.0.0.0:65535']) t.equal(read(text), text)
  t.equal(read('localhost:1'), '127.0.0.1:1')
  t.equal(read('*:1'), '0.0.0.0:1')
  t.equal(read('[::ffff:10.0.0.1]:1'), '10.0.0.1:1', 'mapped IPv4 is IPv4')
})

t.test('where there is a usual port, the port may be left out and the brackets with it', async (t) => {
  t.equal(read('10.0.0.1', 53), '10.0.0.1:53')
  t.equal(read('fd00::1', 53), '[fd00::1]:53')
  t.equal(read('[fd00::1]', 53), '[fd00::1]:53')
  t.equal(read('10.0.0.1:54', 53), '10.0.0.1:54')
})

t.test('a name, a port out of bounds and an address without a port are none', async (t) => {
  for (const text of ['head:53', '10.0.0.1', '10.0.0.1:65536', '10.0.0.1:', ':53', '', 'fd00::1', '[fe80::1%eth0]:53'])
    t.equal(read(text), undefined, text)
})

t.test('an endpoint has its address in text too', async (t) => {
  t.same(endpointAt(LOOPBACK[6], 53), { address: LOOPBACK[6], host: '::1', port: 53 })
})
