import t from 'tap'
import { editIndex } from '../../../src/resolver/edits/index-edit.ts'
import { hashOfText } from '../../../src/resolver/snapshot/hash.ts'
import { slotCount } from '../../../src/resolver/snapshot/slots.ts'

/** The keys of a device of so many names. */
const KEYS = Array.from({ length: 3000 }, (_, i) => hashOfText(`alias${i}`))
const RECORD = 5

t.test('the keys of a record are read once, however many it has', async (t) => {
  const slots = new Uint32Array(2 * slotCount(KEYS.length))
  let read = 0
  const isEdited = editIndex(slots, 0, {
    removed: [],
    added: KEYS.map((hash) => ({ hash, record: RECORD })),
    firstMoved: 1,
    moved: (record) => record,
    hashesOf: () => {
      read++
      return KEYS
    },
  })
  t.equal(isEdited, true)
  const taken = [...slots].filter((word) => word === RECORD)
  t.equal(taken.length, KEYS.length)
  t.equal(read, 1)
})
