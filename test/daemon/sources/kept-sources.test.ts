import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import t from 'tap'
import { KeptSources } from '../../../src/daemon/sources/kept-sources.ts'
import { SOURCE_NAMES, type SourceName } from '../../../src/daemon/sources/source.ts'
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

const nameless = { warn: () => {} }

/** One of the contents that are read at a start, for as long as somebody else holds it. */
async function readAtStart(kept: KeptSources): Promise<WeakRef<object>> {
  const origins = Object.fromEntries(SOURCE_NAMES.map((name) => [name, name])) as Record<SourceName, string>
  const read = await kept.read(origins)
  return new WeakRef(read?.passwd ?? {})
}

t.test(
  'what was read at a start is let go when the sources have the same: tens of MiB are not held twice',
  async (t) => {
    const dir = folder(t)
    await new KeptSources(dir, nameless).keep(sourcesOf(3))
    const kept = new KeptSources(dir, nameless)
    const read = await readAtStart(kept)
    await kept.keep(sourcesOf(3))
    await turn()
    // Collects garbage first.
    queryObjects(KeptSources)
    t.equal(read.deref(), undefined)
  },
)
