import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hasContent } from '../../../src/kickback/files/comparison.ts'
import { folder } from '../../folder.ts'

/** Several pieces, and no multiple of one. */
const SIZE = 2_500_000
const bytes = Buffer.alloc(SIZE, 'content')
/** One over the end of the first piece, and one behind the end. */
const parts = [
  { position: 2 ** 20 - 3, bytes: Buffer.from('PLACED') },
  { position: SIZE + 8, bytes: Buffer.from('behind') },
]

/** The file that has these bytes with the parts. */
function whole(): Buffer {
  const file = Buffer.alloc(SIZE + 14)
  file.set(bytes)
  for (const part of parts) file.set(part.bytes, part.position)
  return file
}

t.test(
  'a file has what would be written, with the parts of this machine; one with another byte anywhere has not',
  async (t) => {
    const path = join(folder(t), 'file')
    writeFileSync(path, whole())
    t.ok(await hasContent(path, bytes, parts))
    t.notOk(await hasContent(path, bytes, []), 'without its parts')
    for (const at of [0, 2 ** 20 - 1, 2 ** 20 + 2, SIZE - 1, SIZE + 3, SIZE + 13]) {
      const other = whole()
      other[at] = (other[at] ?? 0) ^ 1
      writeFileSync(path, other)
      t.notOk(await hasContent(path, bytes, parts), `byte ${at}`)
    }
  },
)

t.test('a file of another length, a folder, and what is not there have not', async (t) => {
  const dir = folder(t)
  const path = join(dir, 'file')
  for (const other of [whole().subarray(0, -1), Buffer.concat([whole(), Buffer.from([0])])]) {
    writeFileSync(path, other)
    t.notOk(await hasContent(path, bytes, parts))
  }
  mkdirSync(join(dir, 'folder'))
  t.notOk(await hasContent(join(dir, 'folder'), bytes, parts))
  t.notOk(await hasContent(join(dir, 'nothing'), bytes, parts))
})
