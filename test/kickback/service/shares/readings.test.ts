import t from 'tap'
import { OLD_BYTES_MAX, type Reader, Readings } from '../../../../src/kickback/service/shares/readings.ts'
import type { Snapshot } from '../../../../src/resolver/index.ts'
import { HandClock } from '../../../clocks.ts'
import { publicSnapshot } from '../../cluster.ts'

const [FIRST, SECOND, THIRD] = [publicSnapshot(1), publicSnapshot(2), publicSnapshot(3)]
const MIB = 2 ** 20

/** A client by name that takes what it is sent. */
const reader = (source: string, isRoot = false): Reader => ({ source, isRoot, waitingShared: 0, destroy() {} })
const piece = (from: number, bytes = 1) => ({ from, to: from + bytes, isLast: false, isNamed: true })

t.test('time is bought by the bytes that are read, wherever in the generation they lie', async (t) => {
  const clock = new HandClock()
  const readings = new Readings(clock)
  const late = reader('a')
  readings.note(late, FIRST, piece(100 * MIB, 2048), true)
  clock.turn(22_000)
  t.same(readings.wanted([FIRST]), [FIRST])
  clock.turn(1)
  t.same(readings.wanted([FIRST]), [])
})

t.test('old generations have 128 MiB, and not a byte more', async (t) => {
  t.equal(OLD_BYTES_MAX, 128 * MIB)
  /** A generation of so many bytes, which nobody looks at. */
  const sized = (length: number) => ({ bytes: { length } }) as Snapshot
  const readings = new Readings(new HandClock())
  const [large, fits, small] = [sized(100 * MIB), sized(28 * MIB), sized(1)]
  for (const [index, snapshot] of [large, fits, small].entries()) {
    readings.note(reader(`client ${index}`), snapshot, piece(0), true)
  }
  t.same(readings.wanted([large, fits, small]), [large, fits])
})

t.test('a generation that a root and others read is kept as what a root reads, whoever began last', async (t) => {
  for (const roots of [
    [true, false],
    [false, true],
  ]) {
    const readings = new Readings(new HandClock(), 0)
    readings.note(reader('other'), FIRST, piece(0), true)
    for (const [index, isRoot] of roots.entries()) {
      readings.note(reader(`client ${index}`, isRoot), SECOND, piece(0), true)
    }
    t.same(readings.wanted([FIRST, SECOND]), [SECOND])
  }
})

t.test('a connection that goes on to another generation stands behind those that its client has', async (t) => {
  const readings = new Readings(new HandClock())
  const [one, two] = [reader('a'), reader('a')]
  readings.note(one, FIRST, piece(0), true)
  readings.note(two, SECOND, piece(0), true)
  readings.note(one, THIRD, piece(0), true)
  t.same(readings.wanted([SECOND, THIRD]), [SECOND])
})

t.test('a reading that was ended does not go on, and one that ends says what it was of', async (t) => {
  const readings = new Readings(new HandClock())
  const [gone, stays] = [reader('a'), reader('b')]
  readings.note(gone, FIRST, piece(0), true)
  readings.note(stays, SECOND, piece(0), true)
  readings.endAllBut(new Set([SECOND]))
  t.notOk(readings.note(gone, FIRST, piece(1), false))
  t.notOk(readings.isRead(FIRST))
  t.equal(readings.forget(gone), undefined)
  t.equal(readings.forget(stays), SECOND)
  t.notOk(readings.isRead(SECOND))
})
