// Faults of disks, files, clocks and ports, as the table of the manual has them: each line is put to the test, its words too.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CASES } from './faults/cases.ts'
import { Ground } from './faults/ground.ts'
import { root } from './served.ts'

/** What stands between such marks and is no text that is seen. */
const COMMANDS = new Set(['status', 'check'])

/** The lines of the table: the fault, and what is seen. */
const LINES = readFileSync(join(root, 'docs/faults.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|fault \|)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .map(([fault = '', , seen = '']) => ({ fault, seen }))

const isLong = process.env.KICKBACK_LONG !== undefined
/** Those that `npm run test:long` has: in each the program does what it does in another one. */
const IN_LONG = /fails when it is written|run dir becomes read-only|put forward/

t.setTimeout(400_000)

t.test('each line of the table has its case, and each case its line', async (t) => {
  t.same(
    LINES.map(({ fault }) => fault),
    Object.keys(CASES),
  )
})

t.test('faults of a master, one after the other', async (t) => {
  const ground = new Ground(t)
  await ground.start().logged('ready')
  for (const { fault, seen } of LINES.filter((line) => isLong || !IN_LONG.test(line.fault)))
    await t.test(fault, async (t) => {
      ground.mark()
      const found = (await CASES[fault]?.(t, ground)) ?? ''
      for (const [, phrase = ''] of seen.matchAll(/`([^`]+)`/g))
        if (!COMMANDS.has(phrase)) t.ok(found.includes(phrase), phrase, { found })
      t.notMatch(ground.daemon.stderr, /unexpected error/)
    })
  t.match(await ground.daemon.end(), { code: 0 }, 'the daemon has lived through all of them')
})
