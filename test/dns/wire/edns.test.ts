import fc from 'fast-check'
import t from 'tap'
import { ednsRecord, readEdns, udpLimit } from '../../../src/dns/wire/edns.ts'

/** An OPT record, and where its type stands; `options` are its data. */
function opt(options: readonly number[], { size = 1400, version = 0, flags = 0 } = {}): [Buffer, number, number] {
  const fixed = [0, 41, size >> 8, size & 255, 0, version, flags, 0, options.length >> 8, options.length & 255]
  const message = Buffer.from([0xff, ...fixed, ...options, 0xff])
  return [message, 1, message.length - 1]
}
const COOKIE = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]

t.test('size, version and the DO bit are read', async (t) => {
  t.same(readEdns(...opt([])), { size: 1400, version: 0, dnssecOk: false, cookie: undefined })
  t.same(readEdns(...opt([], { size: 0xffff, version: 1, flags: 0x80 })), {
    size: 0xffff,
    version: 1,
    dnssecOk: true,
    cookie: undefined,
  })
  t.equal(readEdns(...opt([], { flags: 0x7f }))?.dnssecOk, false)
})

t.test('the first cookie is found among other options', async (t) => {
  const other = [0, 3, 0, 2, 9, 9]
  t.same([...(readEdns(...opt([...other, ...COOKIE]))?.cookie ?? [])], [1, 2, 3, 4, 5, 6, 7, 8])
  t.same([...(readEdns(...opt([...COOKIE, 0, 10, 0, 1, 9]))?.cookie ?? [])], [1, 2, 3, 4, 5, 6, 7, 8])
  t.equal(readEdns(...opt([0, 10, 0, 0]))?.cookie?.length, 0)
})

t.test('options that overrun the record are a fault, wherever they are cut', async (t) => {
  const options = [0, 3, 0, 2, 9, 9, ...COOKIE]
  for (let length = 1; length < options.length; length++) {
    const read = readEdns(...opt(options.slice(0, length)))
    t.equal(read === undefined, length !== 6, `${length} bytes`)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (any) => {
      const cookie = readEdns(...opt([...any]))?.cookie
      return cookie === undefined || cookie.length <= any.length
    }),
  )
})

t.test('a reply by UDP has 512 bytes at least and 1232 at most, as the asker says', async (t) => {
  t.equal(udpLimit(undefined), 512)
  const limits = [0, 511, 512, 513, 1232, 1233, 65535].map((size) => udpLimit(readEdns(...opt([], { size }))))
  t.same(limits, [512, 512, 512, 513, 1232, 1232, 1232])
})

t.test('the record of a reply repeats DO, and has the high bits of the code and the cookie', async (t) => {
  const edns = { size: 4096, version: 0, dnssecOk: true, cookie: undefined }
  const plain = Buffer.from(ednsRecord({ ...edns, dnssecOk: false }, 3, undefined))
  t.same([...plain], [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0])
  const whole = Buffer.from(ednsRecord(edns, 23, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)))
  t.same([...whole], [0, 0, 41, 0x04, 0xd0, 1, 0, 0x80, 0, 0, 12, ...COOKIE])
  t.same(readEdns(whole, 1, whole.length), { size: 1232, version: 0, dnssecOk: true, cookie: whole.subarray(15) })
})
