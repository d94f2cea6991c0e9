// What is counted, told and handed on of the lines that dnsmasq writes.
import t from 'tap'
import { DnsmasqLog } from '../../../../src/daemon/boot/dhcp/dnsmasq-log.ts'
import { type Mac, macKey } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { logOf } from '../../../kickback/cluster.ts'

const at = (text: string): string => `Nov  8 07:03:32 dnsmasq-dhcp[3681]: ${text}`

t.test('leases are counted, machines without one and those of other servers are handed on', async (t) => {
  const heard: unknown[] = []
  const log = new DnsmasqLog({
    stranger: (mac: Mac, on: string) => heard.push([macKey(mac), on]),
    elsewhere: () => heard.push('elsewhere'),
    log: logOf([]),
    clock: new HandClock(),
    wallClock: () => 7500,
  })
  for (let i = 0; i < 3; i++) log.heard(at('DHCPACK(b0) 10.20.30.115 52:54:00:00:00:15 n15'))
  log.heard(at('DHCPDISCOVER(b0) 00:00:00:00:00:15 ignored'))
  log.heard('what nobody knows')
  t.equal(log.given, 3)
  t.same(heard, [[0x15, 'b0']])
})

t.test('trouble is told a few times in a while, and the last of it is kept', async (t) => {
  const lines: string[] = []
  const parts = { stranger: () => {}, elsewhere: () => {}, clock: new HandClock(), wallClock: () => 7500 }
  const log = new DnsmasqLog({ ...parts, log: logOf(lines) })
  t.equal(log.trouble, undefined)
  for (let i = 0; i < 1000; i++) log.heard(at(`failed to bind DHCP server socket: ${i}`))
  t.match(log.trouble, { text: /socket: 999/, time: 7 })
  t.ok(lines.length > 0 && lines.length < 100, `${lines.length} lines`)
})
