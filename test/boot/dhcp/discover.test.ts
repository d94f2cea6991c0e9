// The request that looks for DHCP servers, and which replies are believed.
import fc from 'fast-check'
import t from 'tap'
import { discoverMessage, offeringServer } from '../../../src/boot/dhcp/discover.ts'
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

t.test('an offer to this request names its server', async (t) => {
  const server = offeringServer(reply([0, 53, 1, 2, 54, 4, 10, 0, 0, 7, 255]), ID, MAC)
  t.equal(server && formatAddress(server), '10.0.0.7')
})

t.test('other replies, and requests, name none', async (t) => {
  const offer = reply([53, 1, 2, 54, 4, 10, 0, 0, 7, 255])
  t.equal(offeringServer(discoverMessage(ID, MAC), ID, MAC), undefined)
  t.equal(offeringServer(offer, ID + 1, MAC), undefined)
  t.equal(offeringServer(offer, ID, Uint8Array.of(2, 0, 0, 0, 0, 2)), undefined)
  t.equal(offeringServer(reply([53, 1, 6, 54, 4, 10, 0, 0, 7, 255]), ID, MAC), undefined, 'a refusal')
  t.equal(offeringServer(reply([53, 1, 2, 54, 3, 10, 0, 0, 255]), ID, MAC), undefined)
  t.equal(offeringServer(offer.subarray(0, 100), ID, MAC), undefined)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void offeringServer(bytes, ID, MAC)))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void offeringServer(reply([...bytes]), ID, MAC)))
})
