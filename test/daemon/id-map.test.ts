import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isMapped } from '../../src/daemon/id-map.ts'
import { folder } from '../folder.ts'

t.test('an id is there where a line of the map holds it, its first and its last included', async (t) => {
  const map = join(folder(t), 'uid_map')
  writeFileSync(map, '         0     100000       1000\n     65534       5000          1\n')
  const ids = [0, 999, 1000, 65533, 65534, 65535, 100000]
  t.same(
    ids.map((id) => isMapped(id, map)),
    [true, true, false, false, true, false, false],
  )
})

t.test('on a machine without user namespaces all ids are there; in a namespace without a map none is', async (t) => {
  const map = join(folder(t), 'uid_map')
  writeFileSync(map, '         0          0 4294967295\n')
  t.ok(isMapped(0, map))
  t.ok(isMapped(4294967294, map))
  writeFileSync(map, '')
  t.notOk(isMapped(0, map))
})
