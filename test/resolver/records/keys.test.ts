import t from 'tap'
import { idBytes, indexedKey, keyType } from '../../../src/resolver/records/keys.ts'

t.test('an id is four bytes, the lowest first, up to the largest', async (t) => {
  t.same([...idBytes(0x01020304)], [4, 3, 2, 1])
  t.same([...idBytes(0xfffffffe)], [254, 255, 255, 255])
  t.same([...idBytes(0)], [0, 0, 0, 0])
})

t.test('a key is of the type of its only field, whatever that holds', async (t) => {
  t.equal(keyType({ name: '' }), 'name')
  t.equal(keyType({ id: 0 }), 'id')
  t.equal(keyType({ address: new Uint8Array(4) }), 'address')
  t.equal(keyType({ mac: new Uint8Array(6) }), 'mac')
})

t.test('the bytes of a name are its own, in small letters where case does not count', async (t) => {
  t.same(indexedKey({ name: 'Ada\xc4' }, false), 'Ada\xc4')
  t.same(indexedKey({ name: 'Ada\xc4' }, true), 'ada\xc4')
})

t.test('addresses and MACs are their bytes as they are, capital letters among them too', async (t) => {
  const bytes = Uint8Array.of(65, 66, 67, 68)
  t.equal(indexedKey({ address: bytes }, true), bytes)
  t.equal(indexedKey({ mac: bytes }, true), bytes)
  t.same(indexedKey({ id: 0x41424344 }, true), idBytes(0x41424344))
})
