import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Pin } from '../../../src/daemon/store/pin.ts'
import { folder, type Tap } from '../../folder.ts'

const CONTENT = { generation: 100, digest: 'ab'.repeat(32), time: 1_700_000_000 }

function opened(t: Tap, path = join(folder(t), 'pin')) {
  const lines: object[] = []
  return { path, lines, pin: Pin.open(path, { error: (fields) => void lines.push(fields) }) }
}

t.test('a pin lasts over restarts until it is released', async (t) => {
  const { path, pin, lines } = opened(t)
  t.equal(pin.content, undefined)
  await pin.set(CONTENT)
  t.same(pin.content, CONTENT)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(opened(t, path).pin.content, CONTENT)
  await pin.set({ ...CONTENT, generation: 116 })
  t.equal(opened(t, path).pin.content?.generation, 116)
  await pin.release()
  t.equal(pin.content, undefined)
  t.notOk(existsSync(path))
  await pin.release()
  t.equal(opened(t, path).pin.content, undefined)
  t.same(lines, [])
})

t.test('a pin that cannot be read pins nothing, and says so', async (t) => {
  for (const text of ['', '{', '{}', '7', '{"generation":"a","digest":"b","time":1}']) {
    const path = join(folder(t), 'pin')
    writeFileSync(path, text)
    const { pin, lines } = opened(t, path)
    t.equal(pin.content, undefined)
    t.match(lines, [{ path, reason: /./ }])
  }
})

t.test('a pin that cannot be written changes nothing', async (t) => {
  const { path, pin } = opened(t)
  await pin.set(CONTENT)
  mkdirSync(`${path}.new`)
  await t.rejects(pin.set({ ...CONTENT, generation: 116 }))
  t.equal(pin.content?.generation, 100)
  t.equal(opened(t, path).pin.content?.generation, 100)
})
