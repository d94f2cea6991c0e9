import t from 'tap'
import { parseNodeSet } from '../../../../src/config/index.ts'
import { Attendance } from '../../../../src/kickback/service/waits/attendance.ts'
import { NodeWait } from '../../../../src/kickback/service/waits/node-wait.ts'
import { atOnce } from '../../../../src/values/index.ts'
import { publicSnapshot } from '../../cluster.ts'

const TARGET = { generation: 7, digest: 'aa' }

/** A connection of node N of the small cluster, or of any other address. */
const attendant = (last: number, isRoot = true, first = 10) => ({
  asker: { via: 'network', address: Uint8Array.of(first, 0, 0, last) } as const,
  isRoot,
  software: 'kickback 1',
  active: 0,
})
const node = (number: number, isRoot = true) => attendant(10 + number, isRoot)

/** A wait for a set of the nodes of the small cluster, kept up to date. */
function waiting(set: string) {
  const attendance = new Attendance()
  const wait = new NodeWait(attendance, TARGET)
  attendance.add(wait)
  const find = () => atOnce(wait.find(publicSnapshot(1), parseNodeSet(set) ?? { ranges: [] }))
  return { attendance, wait, find }
}

t.test('a node is in step with the content, or with a later generation, and else it is behind', async (t) => {
  const { attendance, wait, find } = waiting('0-3')
  t.equal(find(), undefined)
  t.match(wait.standing, { generation: 7, nodes: 4, missing: '0-3', behind: '' })
  attendance.moved(node(0), { generation: 6, digest: 'bb' })
  attendance.moved(node(1), { generation: 3, digest: 'aa' })
  attendance.moved(node(2), { generation: 8, digest: 'cc' })
  attendance.moved(node(3), { generation: 7, digest: undefined })
  t.match(wait.standing, { missing: '', behind: '0' })
  attendance.moved(node(0), { generation: 7, digest: 'aa' })
  t.ok(wait.isOver)
})

t.test('a node that reported before it was found counts as it is', async (t) => {
  const { attendance, wait, find } = waiting('1,4-5')
  attendance.moved(node(1), { generation: 7, digest: 'aa' })
  attendance.moved(node(4), { generation: 1, digest: 'bb' })
  find()
  t.match(wait.standing, { nodes: 3, missing: '5', behind: '4' })
})

t.test('a node that is lost is missing again; of two connections the newest content counts', async (t) => {
  const { attendance, wait, find } = waiting('1')
  find()
  const [old, fresh] = [node(1), node(1)]
  attendance.moved(old, { generation: 1, digest: 'bb' })
  attendance.moved(fresh, { generation: 7, digest: 'aa' })
  t.ok(wait.isOver)
  attendance.moved(fresh, undefined)
  t.match(wait.standing, { missing: '', behind: '1' })
  attendance.moved(old, undefined)
  t.match(wait.standing, { missing: '1', behind: '' })
})

t.test('what any user of a node could say does not count, and no other machine does', async (t) => {
  const { attendance, wait, find } = waiting('1')
  find()
  const held = { generation: 7, digest: 'aa' }
  attendance.moved(node(1, false), held)
  attendance.moved(attendant(99), held)
  attendance.moved({ ...node(1), asker: { via: 'local' }, isRoot: false }, held)
  t.match(wait.standing, { missing: '1' })
  // The control: the same from a port that only root can take.
  attendance.moved(node(1, true), held)
  t.ok(wait.isOver)
})

t.test('from loopback every port counts: there a whole cluster is tried', async (t) => {
  const attendance = new Attendance()
  attendance.moved(attendant(1, false, 127), { generation: 1, digest: undefined })
  t.same(attendance.heldAt([{ family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }]), [{ generation: 1, digest: undefined }])
})

t.test('a set names the nodes that there are; without an end it names no others', async (t) => {
  for (const [set, nodes, unknown] of [
    ['all', 10, undefined],
    ['-', 10, undefined],
    ['8-', 2, undefined],
    ['20-', 0, undefined],
    ['n1-n3,.3,2', 3, undefined],
    ['7-12', 3, 10],
    ['3,900000', 1, 900_000],
    ['5,0-1048575', 10, 10],
    ['4-,9-11', 6, 10],
  ] as const) {
    const { wait, find } = waiting(set)
    t.equal(find(), unknown, set)
    t.equal(wait.size, nodes, set)
  }
})
