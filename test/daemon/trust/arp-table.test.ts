import t from 'tap'
import { macIn, neighboursIn } from '../../../src/daemon/trust/arp-table.ts'
import { ip } from '../../addresses.ts'

// As proc(5) shows it: an entry without an answer has no flag and no MAC address.
const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.20.30.11      0x1         0x2         02:aa:bb:cc:dd:01     *        eth0
10.20.30.12      0x1         0x0         00:00:00:00:00:00     *        eth0
10.20.30.13      0x1         0x6         02:aa:bb:cc:dd:03     *        eth1
`

t.test('the MAC address of a neighbour is that of the entry that it answered for', async (t) => {
  const mac = (address: string): string | undefined => {
    const found = macIn(TABLE, ip(address).bytes)
    return found && Buffer.from(found).toString('hex')
  }
  t.equal(mac('10.20.30.11'), '02aabbccdd01')
  t.equal(mac('10.20.30.13'), '02aabbccdd03', 'also one that an administrator entered')
  for (const unknown of ['10.20.30.12', '10.20.30.1', '10.20.30.113', 'fd00::1'])
    t.equal(mac(unknown), undefined, unknown)
  t.equal(macIn('', ip('10.20.30.11').bytes), undefined)
})

t.test('who answered is told of each neighbour that the kernel asked, and of none that somebody entered', async (t) => {
  const more = '10.20.30.12      0x1         0x2         02:aa:bb:cc:dd:09     *        eth2\n'
  t.same(
    [...neighboursIn(TABLE)],
    [
      ['10.20.30.11', true],
      ['10.20.30.12', false],
    ],
  )
  t.equal(neighboursIn(TABLE + more).get('10.20.30.12'), true, 'on one of two interfaces')
  t.equal(neighboursIn('').size, 0)
})
