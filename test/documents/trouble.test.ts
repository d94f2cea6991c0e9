// docs/troubleshooting.md has every label of a warning of status: it is what a reader has in hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { WARNINGS } from '../../src/kickback/warnings/warning.ts'

t.test('each label of a warning is in a row of the page', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8')
  const cells = page.split('\n').map((line) => line.split(' | ')[0] ?? '')
  for (const { label } of Object.values(WARNINGS))
    t.ok(
      cells.some((cell) => cell.startsWith('| `') && cell.includes(`\`${label}\``)),
      label,
    )
})
