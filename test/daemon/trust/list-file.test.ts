import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nodeTrust } from '../../../src/daemon/trust/list-file.ts'
import { folder } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { logOf } from '../../kickback/cluster.ts'
import { trustList } from '../../trust-lists.ts'

const [root, next, one, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
const first = trustList({ number: 1, roots: [root], signers: [[one, 'm1']] })

t.test('a node keeps the newest list over a restart, and does not go back behind it', async (t) => {
  const stateDir = folder(t)
  nodeTrust(root.key, stateDir, logOf()).take(first)
  const second = trustList({ number: 2, roots: [root] })
  nodeTrust(root.key, stateDir, logOf()).take(second)
  const again = nodeTrust(root.key, stateDir, logOf())
  t.equal(again.list?.number, 2)
  t.throws(() => again.take(first), { code: 'older' })
  rmSync(join(stateDir, 'trust'))
  nodeTrust(root.key, stateDir, logOf()).take(first)
  t.pass('control: without the file it is taken again')
})

t.test('after a rotation of the root a node starts with the key that it was set up with', async (t) => {
  const stateDir = folder(t)
  const trust = nodeTrust(root.key, stateDir, logOf())
  trust.take(trustList({ number: 2, roots: [next, root] }))
  trust.take(trustList({ number: 3, roots: [next], signers: [[one, 'm1']] }))
  t.equal(nodeTrust(root.key, stateDir, logOf()).list?.number, 3)
})

t.test('with another key nothing of before counts, nor does what somebody put there', async (t) => {
  const stateDir = folder(t)
  nodeTrust(root.key, stateDir, logOf()).take(first)
  const other = nodeTrust(stranger.key, stateDir, logOf())
  t.equal(other.list, undefined)
  const theirs = trustList({ number: 1, roots: [stranger] })
  other.take(theirs)
  t.same(readFileSync(join(stateDir, 'trust')), theirs)
  t.equal(nodeTrust(root.key, stateDir, logOf()).list, undefined)
})

t.test('a list that is damaged, or that can not be kept, is told, and stops nothing', async (t) => {
  const stateDir = folder(t)
  nodeTrust(root.key, stateDir, logOf()).take(first)
  writeFileSync(join(stateDir, 'trust'), first.subarray(0, 50))
  const lines: string[] = []
  const trust = nodeTrust(root.key, stateDir, logOf(lines))
  t.equal(trust.list, undefined)
  rmSync(join(stateDir, 'trust'))
  mkdirSync(join(stateDir, 'trust'))
  trust.take(first)
  t.equal(trust.list?.number, 1, 'it counts')
  t.match(lines, [/does not count/, /cannot keep the trust list/])
  t.notOk(existsSync(join(stateDir, 'trust.new')))
})
