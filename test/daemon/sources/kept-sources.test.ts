import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { KeptSources } from '../../../src/daemon/sources/kept-sources.ts'
import { absentFile, sourcesOf } from '../sources.ts'

t.test('a kept file that cannot be removed is told, and is not taken for gone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const warned: object[] = []
  const kept = new KeptSources(folder, { warn: (fields) => void warned.push(fields) })
  await kept.keep(sourcesOf(3))
  t.same(warned, [])
  const path = join(folder, 'sources/shadow')
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
