import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { markRestored, Restored } from '../../../src/daemon/generations/restored.ts'
import { folder } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'

t.test('a mark lasts over restarts until it ends, and then for good', async (t) => {
  const dir = folder(t)
  t.equal(Restored.open(dir, logOf()).backup, undefined)
  await markRestored(dir, 1_790_000_000)
  const lines: string[] = []
  const one = Restored.open(dir, logOf(lines))
  t.equal(one.backup, 1_790_000_000)
  t.equal(Restored.open(dir, logOf()).backup, 1_790_000_000)
  one.end('met node 10.0.0.1')
  one.end('met node 10.0.0.2')
  t.equal(one.backup, undefined)
  t.equal(Restored.open(dir, logOf()).backup, undefined)
  t.same(lines, ['what was restored from a backup is no longer in doubt'])
})

t.test('a mark that is damaged counts, since nobody knows', async (t) => {
  for (const text of ['', '{', '{"backup":"x"}']) {
    const dir = folder(t)
    writeFileSync(join(dir, 'restored'), text)
    const lines: string[] = []
    t.equal(Restored.open(dir, logOf(lines)).backup, 0)
    t.same(lines, ['cannot read when the backup was made that this state is from'])
  }
})

t.test('a mark that cannot be removed is told of, and counts no more in this process', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'restored'))
  const lines: string[] = []
  const one = Restored.open(dir, logOf(lines))
  one.end('forced')
  t.equal(one.backup, undefined)
  t.match(lines.at(-1), /cannot remove this mark/)
  t.ok(existsSync(join(dir, 'restored')))
})
