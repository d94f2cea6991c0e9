import t from 'tap'
import { clientKey } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const key = (text: string, isConfigured = false) => clientKey(ip(text), isConfigured)

t.test('all of loopback is one client, in both families', async (t) => {
  t.equal(new Set(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map((text) => key(text))).size, 1)
  t.equal(key('127.0.0.1', true), key('::1'))
})

t.test('strangers are told apart by their address of IPv4, or their /64 of IPv6', async (t) => {
  t.not(key('192.0.2.7'), key('192.0.2.8'))
  t.equal(key('2001:db8:0:1::1'), key('2001:db8:0:1:ffff::2'))
  t.not(key('2001:db8:0:1::1'), key('2001:db8:0:2::1'))
  t.equal(key('fe80::1'), key('fe80::2'))
})

t.test('a machine of the configuration is counted for itself, apart from the strangers of its /64', async (t) => {
  t.not(key('fd00::1', true), key('fd00::2', true))
  for (const own of ['fd00::', 'fd00::1']) t.not(key(own, true), key('fd00::9'))
})
