// What lines of dnsmasq's log say, also where who asked has put its own words into them.
import t from 'tap'
import { parseLogLine } from '../../../src/boot/dhcp/log-line.ts'
import { formatMac } from '../../../src/values/index.ts'

const at = (text: string): string => `Nov 28 07:03:38 dnsmasq-dhcp[4162]: ${text}`

t.test('strangers, starts and trouble are told from the rest', async (t) => {
  const stranger = parseLogLine(at('DHCPDISCOVER(b0) 52:54:00:00:00:15 ignored'))
  t.match(stranger, { kind: 'stranger', on: 'b0' })
  t.equal(stranger?.kind === 'stranger' && formatMac(stranger.mac), '52:54:0:0:0:15')
  t.match(parseLogLine(at('DHCPREQUEST(eth1.7) 10.0.0.7 52:54:00:00:00:15 ignored')), {
    kind: 'stranger',
    on: 'eth1.7',
  })
  t.match(parseLogLine('Nov  8 07:03:32 dnsmasq[3681]: started, version 2.90 DNS disabled'), { kind: 'started' })
  t.match(parseLogLine(at('DHCPACK(b0) 10.20.30.115 52:54:00:00:00:15 n15')), { kind: 'given' })
  t.match(parseLogLine(at('failed to bind DHCP server socket: Address already in use')), { kind: 'trouble' })
  t.match(parseLogLine(at('not giving name n1 to the DHCP lease of 10.0.0.1')), { kind: 'trouble' })
  t.match(parseLogLine(at('DHCPNAK(b0) 10.20.30.61 52:54:00:00:00:15 wrong server-ID')), { kind: 'elsewhere' })
  t.equal(parseLogLine(at('DHCPNAK(b0) 10.20.30.61 52:54:00:00:00:15 wrong network')), undefined)
  for (const usual of [
    'DHCPOFFER(b0) 10.20.30.115 52:54:00:00:00:15',
    'read /run/kickback/dhcp/hosts',
    'error 8 User aborted the transfer received from 10.20.30.115',
    'warning: failed to change owner of /run/kickback/dhcp/log: Operation not permitted',
    'failed sending /usr/lib/ipxe/snponly.efi to 10.20.30.115',
  ])
    t.equal(parseLogLine(at(usual)), undefined, usual)
})

t.test('a line that is no line of dnsmasq, or has anything after its MAC, is not believed', async (t) => {
  for (const text of [
    'DHCPDISCOVER(b0) 52:54:00:00:00:15 ignored',
    at('DHCPDISCOVER(b0) 52:54:00:00:00:15:16 ignored'),
    at('DHCPDISCOVER(b0) 52:54:00:00:00 ignored'),
    at('vendor class: DHCPDISCOVER(b0) 52:54:00:00:00:15 ignored'),
    at('x'.repeat(100_000)),
    '',
  ])
    t.equal(parseLogLine(text), undefined, text.slice(0, 60))
  t.match(parseLogLine(at('cannot \u001b[31mread\u202e it')), {
    kind: 'trouble',
    text: 'cannot \\x1b[31mread\\u202e it',
  })
})
