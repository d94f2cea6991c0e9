// What is kept once a master answers, and in which order it is written.
import { statSync } from 'node:fs'
import t from 'tap'
import type { Sources } from '../../../src/daemon/sources/source.ts'
import { StoreAfterStart } from '../../../src/daemon/sources/store-after-start.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { Scratch } from '../../cli/scratch.ts'
import { sourcesOf } from '../sources.ts'

t.test('before the daemon answers nothing is kept, then what came last, then all', async (t) => {
  const kept: Sources[] = []
  const store = new StoreAfterStart({
    read: async () => kept.at(-1),
    keep: async (sources) => void kept.push(sources),
  })
  const [first, second, third] = [sourcesOf(1), sourcesOf(2), sourcesOf(3)]
  await store.keep(first)
  await store.keep(second)
  t.same([kept.length, await store.read()], [0, undefined])
  await store.open()
  t.same(kept, [second])
  await store.keep(third)
  t.same(kept, [second, third])
  t.equal(await store.read(), third)
})

t.test('where nothing came before the daemon answers nothing is kept then', async (t) => {
  const kept: Sources[] = []
  const store = new StoreAfterStart({ read: async () => undefined, keep: async (sources) => void kept.push(sources) })
  await store.open()
  t.same(kept, [])
})

t.test(
  'a master writes its first generation and starts DNS before it keeps the files that it was made from',
  async (t) => {
    const scratch = new Scratch(t)
    await scratch.serve('--dns', '127.0.0.1:0', '--dns-processes', '1')
    const changed = (path: string): bigint => statSync(path, { bigint: true }).ctimeNs
    const generation = changed(filesIn(scratch.path('run')).snapshot)
    for (const name of ['config', 'passwd', 'shadow'])
      t.ok(changed(scratch.path(`state/sources/${name}`)) > generation, name)
  },
)
