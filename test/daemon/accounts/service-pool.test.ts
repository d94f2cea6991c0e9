// The processes that ask the name service: one asker whose questions hang leaves some to the others.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ServicePool } from '../../../src/daemon/accounts/service-pool.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'

/** A name service that hangs for ever where it is asked for `hang`, and has nothing else. */
const PROGRAM = `#!/bin/sh
while read -r service kind key; do
  [ "$key" != hang ] || kill -STOP $$
  echo absent
done
`
const NEVER = 3_600_000

/** A pool of four such processes. */
function pool(t: Tap): (asker: string | undefined, key: string) => Promise<string> {
  const program = join(folder(t), 'program')
  writeFileSync(program, PROGRAM, { mode: 0o755 })
  const made = new ServicePool({ program: () => program, clock: monotonic, children: 4, waiting: 20 })
  t.teardown(() => made.close())
  return async (asker, key) =>
    (await made.ask({ service: 'ldap', kind: 'passwd-name', key }, NEVER, ...(asker === undefined ? [] : [asker])))
      .status
}

t.test('an asker whose questions hang has half of the processes, and the others are answered', async (t) => {
  const ask = pool(t)
  const hanging = Array.from({ length: 10 }, () => ask('greedy', 'hang'))
  t.same(await Promise.all(Array.from({ length: 5 }, () => ask('modest', 'ann'))), Array(5).fill('absent'))
  t.equal(await ask(undefined, 'ann'), 'absent', 'and so is the listing')
  t.equal(await Promise.race([...hanging, 'nothing']), 'nothing', 'control: the others hang')
})

t.test('listings have all processes that are free, and beyond the bound questions are late at once', async (t) => {
  const ask = pool(t)
  const listings = Array.from({ length: 24 }, () => ask(undefined, 'hang'))
  t.equal(await ask('modest', 'ann'), 'late')
  t.equal(await Promise.race([...listings, 'nothing']), 'nothing')
})
