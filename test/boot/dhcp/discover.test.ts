// The request that looks for DHCP servers, and which replies are believed.
import fc from 'fast-check'
import t from 'tap'
import { discoverMessage, offerIn } from '../../../src/boot/dhcp/discover.ts'
import { formatAddress } from '../../../src/values/index.ts'

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1)
const ID = 0x01020304

/** The reply to the request, with these options. */
function reply(options: readonly number[]): Uint8Array {
  const bytes = discoverMessage(ID, MAC)
  bytes.fill(0, 240)
  bytes.set(options, 240)
  bytes[0] = 2
  return bytes
}

t.test('an offer to this request names its server, and the address that the machine would get', async (t) => {
  const bytes = reply([0, 53, 1, 2, 54, 4, 10, 0, 0, 7, 255])
  bytes.set([10, 0, 0, 115], 16)
  const offer = offerIn(bytes, ID, MAC)
  t.same(offer && [offer.server, offer.address].map(formatAddress), ['10.0.0.7', '10.0.0.115'])
})

t.test('other replies, and requests, name none', async (t) => {
  const offer = reply([53, 1, 2, 54, 4, 10, 0, 0, 7, 255])
  t.equal(offerIn(discoverMessage(ID, MAC), ID, MAC), undefined)
  t.equal(offerIn(offer, ID + 1, MAC), undefined)
  t.equal(offerIn(offer, ID, Uint8Array.of(2, 0, 0, 0, 0, 2)), undefined)
  t.equal(offerIn(reply([53, 1, 6, 54, 4, 10, 0, 0, 7, 255]), ID, MAC), undefined, 'a refusal')
  t.equal(offerIn(reply([53, 1, 2, 54, 3, 10, 0, 0, 255]), ID, MAC), undefined)
  t.equal(offerIn(offer.subarray(0, 100), ID, MAC), undefined)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void offerIn(bytes, ID, MAC)))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void offerIn(reply([...bytes]), ID, MAC)))
})
