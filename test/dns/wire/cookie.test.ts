import t from 'tap'
import { Cookies } from '../../../src/dns/wire/cookie.ts'
import { sipHash } from '../../../src/dns/wire/siphash.ts'
import { ip } from '../../addresses.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

t.test('SipHash is that of its paper', async (t) => {
  const key = Buffer.from(Array.from({ length: 16 }, (_, i) => i))
  t.equal(sipHash(key, Buffer.from(Array.from({ length: 15 }, (_, i) => i))).toString('hex'), 'e545be4961ca29a1')
  t.equal(sipHash(key, Buffer.alloc(0)).toString('hex'), '310e0edd47db6f72')
})

t.test('cookies are those of the examples of RFC 9018', async (t) => {
  const first = new Cookies(hex('e5e973e5a6b2a43f48e7dc849e37bfcf'))
  const reply = first.reply(hex('2464c4abcf10c957'), ip('198.51.100.100'), 1559731985)
  t.equal(reply?.toString('hex'), '2464c4abcf10c957010000005cf79f111f8130c3eee29480')
  const six = new Cookies(hex('dd3bdf9344b678b185a6f5cb60fca715'))
  t.ok(
    six.proves(
      hex('22681ab97d52c298010000005cf7c57926556bd0934c72f8'),
      ip('2001:db8:220:1:59de:d0f4:8769:82b8'),
      1559741961,
    ),
  )
})

t.test('a cookie proves its address for an hour, and no other', async (t) => {
  const cookies = new Cookies()
  const here = ip('192.0.2.1')
  const cookie = cookies.reply(hex('0102030405060708'), here, 1000) ?? Buffer.alloc(0)
  t.ok(cookies.proves(cookie, here, 1000))
  t.ok(cookies.proves(cookie, here, 4600))
  t.notOk(cookies.proves(cookie, here, 4601))
  t.notOk(cookies.proves(cookie, here, 699))
  t.notOk(cookies.proves(cookie, ip('192.0.2.2'), 1000))
  t.notOk(new Cookies().proves(cookie, here, 1000), 'another secret')
  t.notOk(cookies.proves(hex('0102030405060708'), here, 1000), 'a client alone')
  for (const size of [0, 7, 9, 15, 41]) t.equal(cookies.reply(Buffer.alloc(size), here, 1000), undefined)
})
