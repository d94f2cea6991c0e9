import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BootRecords } from '../../../src/boot/index.ts'
import { KeptRecords, readRecords } from '../../../src/daemon/boot/kept-records.ts'
import { HandClock } from '../../clocks.ts'

/** Lets what goes on with the disk end. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

t.test('what the disk did not take is written when it can be, though no node boots meanwhile', async (t) => {
  const folder = join(t.testdir({}), 'full')
  const errors: unknown[] = []
  const clock = new HandClock()
  const records = new BootRecords(() => 'a'.repeat(32))
  const kept = new KeptRecords(folder, records, clock, { error: (_, message) => errors.push(message) })
  records.boot(
    {
      number: 3,
      mac: '0:a0:d1:0:0:3',
      stage: 'pxe',
      images: ['kernel'],
      isInstaller: false,
      isMoving: true,
      isAgain: false,
      isUp: false,
    },
    1000,
  )
  kept.changed()
  clock.turn(2000)
  for (let i = 0; i < 100 && errors.length === 0; i++) await settled()
  t.equal(errors.length, 1, 'the folder is not there')
  clock.turn(30_000)
  for (let i = 0; i < 100 && errors.length < 2; i++) await settled()
  t.equal(errors.length, 2, 'it is tried again')
  mkdirSync(folder)
  clock.turn(30_000)
  for (let i = 0; i < 100 && clock.timers > 0; i++) await settled()
  await kept.close()
  t.match(JSON.parse(readFileSync(join(folder, 'boots'), 'utf8')), [{ number: 3, tickets: [{ id: 'a'.repeat(32) }] }])
  t.equal((await readRecords(folder, { warn: (_, message) => t.fail(message) }))[0]?.number, 3)
  t.equal(clock.timers, 0, 'nothing is owed any more')
})
