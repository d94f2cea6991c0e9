import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../../folder.ts'
import { missing, ROOT } from '../../nss/programs.ts'

t.test('who may ask is remembered for all machines of a large cluster', { skip: missing('gcc') }, async (t) => {
  const program = join(folder(t), 'crowd')
  const sources = [join(import.meta.dirname, 'crowd.c'), join(ROOT, 'src/dns/batch/askers.c')]
  execFileSync('gcc', [
    '-std=c11',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_DEFAULT_SOURCE',
    '-o',
    program,
    ...sources,
  ])
  const known = (addresses: number): number => {
    const said = execFileSync(program, [`${addresses}`, '3'], { encoding: 'utf8' })
    t.match(said, /^\d+\n$/)
    return Number(said)
  }
  t.ok(known(1000) > 990, 'a small one')
  t.ok(known(20_000) > 19_000, 'a large one: those that lost their place to two others are few')
  t.ok(known(100_000) > 50_000, 'a very large one')
  t.ok(known(1_000_000) < 100_000, 'addresses without end take the places of others')
})
