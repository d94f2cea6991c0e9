import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KeptSources } from '../../../src/daemon/sources/kept-sources.ts'
import { folder } from '../../folder.ts'
import { absentFile, sourcesOf } from '../sources.ts'

t.test('a kept file that cannot be removed is told, and is not taken for gone', async (t) => {
  const dir = folder(t)
  const warned: object[] = []
  const kept = new KeptSources(dir, { warn: (fields) => void warned.push(fields) })
  await kept.keep(sourcesOf(3))
  t.same(warned, [])
  const path = join(dir, 'sources/shadow')
  rmSync(path)
  mkdirSync(path)
  const without = sourcesOf(3, { shadow: absentFile('shadow') })
  await kept.keep(without)
  t.match(warned, [{ file: path, reason: /directory|operation not permitted/ }])
  rmSync(path, { recursive: true })
  await kept.keep(without)
  t.equal(warned.length, 1, 'it is tried again, and nothing there is as good as removed')
  t.notOk(existsSync(path))
})
