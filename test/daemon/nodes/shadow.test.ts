import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { folder } from '../../folder.ts'
import { shadowSnapshot } from '../../kickback/cluster.ts'
import { node } from './node.ts'

t.test('a machine that was a master does not keep its shadow entries when it becomes a node', async (t) => {
  const [runDir, stateDir] = [folder(t), folder(t)]
  const files = [runDir, stateDir].map((dir) => join(dir, 'private/shadow.1'))
  for (const file of files) {
    mkdirSync(dirname(file), { mode: 0o700 })
    writeFileSync(file, shadowSnapshot(1).bytes, { mode: 0o600 })
  }
  const { lines } = await node(t, [{ host: '127.0.0.1', port: 1 }], { runDir, stateDir })
  t.same(
    files.map((file) => existsSync(file)),
    [false, false],
  )
  t.match(lines.join('\n'), /shadow entries from an earlier use/)
})

t.test('a node that never had any says nothing of them', async (t) => {
  const { lines } = await node(t, [{ host: '127.0.0.1', port: 1 }])
  t.notMatch(lines.join('\n'), /shadow entries/)
})
