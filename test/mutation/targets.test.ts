import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TARGETS } from './targets.ts'

const ROOT = join(import.meta.dirname, '../..')

t.test('every target of the mutation tests is there, once, and so are its tests', async (t) => {
  for (const path of TARGETS.flatMap(({ source, tests }) => [source, ...tests]))
    t.ok(existsSync(join(ROOT, path)), path)
  const sources = TARGETS.map(({ source }) => source)
  t.equal(new Set(sources).size, sources.length)
})

/** The rows of survivors.tsv. */
function survivors(): string[] {
  const text = readFileSync(join(import.meta.dirname, 'survivors.tsv'), 'utf8')
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

t.test('every survivor is of a target, and has a reason', async (t) => {
  const rows = survivors()
  const sources = new Set(TARGETS.map(({ source }) => source))
  for (const row of rows) {
    const [source = '', ...rest] = row.split('\t')
    t.ok(sources.has(source), row)
    t.equal(rest.filter((column) => column.trim() !== '').length, 4, row)
  }
  t.equal(new Set(rows).size, rows.length)
})

t.test('the line of every survivor is in its file still', async (t) => {
  for (const row of survivors()) {
    const [source = '', , spelled = ''] = row.split('\t')
    const lines = readFileSync(join(ROOT, source), 'utf8').split('\n')
    t.ok(
      lines.some((line) => line.replace(/\s+/g, ' ').trim() === spelled),
      row,
    )
  }
})
