// What a master grants to nodes, over changes of its rules and its shadow file.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PasswordGrants } from '../../../src/daemon/passwords/password-grants.ts'
import { stamp } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'
import { SIGNER, shadow } from './cluster.ts'

/** The grants of a master, and what one rule for nodes 0 to 2 gives: hashes by user. */
function granting(t: Test, stateDir = folder(t), lines: string[] = []) {
  let number = 0
  const stampGranted = (all: readonly Uint8Array[], _: readonly number[], last: number): number => {
    number = Math.max(number, last) + 1
    for (const bytes of all) stamp(bytes, { generation: number, contentTime: number }, SIGNER.sign)
    return number
  }
  const grants = new PasswordGrants({ stateDir, lineage: { stampGranted }, log: logOf(lines) })
  const learn = (hashes: Readonly<Record<string, string>>, last = 2): boolean => {
    const bytes = new Uint8Array(shadow(1, hashes).bytes)
    const grant = { rules: 'login', nodes: [{ first: 0, last }], bytes, users: Object.keys(hashes) }
    return grants.learn({ granted: [grant], inputTimes: [] })
  }
  const numberOf = (node: number): number => grants.of(node)?.generation ?? 0
  return { grants, learn, numberOf }
}

t.test('what a node was granted before is not given to it any more, whatever number it asks for', async (t) => {
  const { grants, learn, numberOf } = granting(t)
  t.ok(learn({ ada: '$6$ada', bob: '$6$bob' }))
  const first = numberOf(1)
  t.ok(grants.numbered(1, first))
  t.ok(learn({ ada: '$6$ada' }))
  t.equal(grants.numbered(1, first), undefined, 'bob is granted no longer')
  t.equal(grants.numbered(1, numberOf(1)), grants.of(1))
  const second = numberOf(2)
  t.ok(learn({ ada: '$6$ada' }, 1))
  t.equal(grants.numbered(2, second), undefined, 'node 2 is granted nothing any more')
  t.ok(grants.numbered(1, second))
})

t.test('entries that only got another number are given by the number of before too', async (t) => {
  const { grants, learn, numberOf } = granting(t)
  learn({ ada: '$6$ada' })
  const first = numberOf(1)
  grants.resigned()
  t.ok(numberOf(1) > first)
  t.ok(grants.numbered(1, first))
  t.ok(grants.numbered(1, numberOf(1)))
  t.equal(grants.numbered(1, first - 1), undefined)
})

t.test('a disk that takes no note is told once, and again after it took one', async (t) => {
  const lines: string[] = []
  const stateDir = join(folder(t), 'state')
  const { grants, learn } = granting(t, stateDir, lines)
  learn({ ada: '$6$ada' })
  const snapshot = grants.of(1)
  if (snapshot === undefined) throw new Error('nothing is granted')
  const told = (): number => lines.filter((line) => line.includes('none is given any until it can')).length
  for (let i = 0; i < 3; i++) await t.rejects(grants.noted(1, snapshot), { code: 'ENOENT' })
  t.equal(told(), 1)
  mkdirSync(stateDir)
  await grants.noted(1, snapshot)
  t.same(grants.givenTo(1).users, ['ada'])
  rmSync(stateDir, { recursive: true })
  await t.rejects(grants.noted(2, snapshot), { code: 'ENOENT' })
  t.equal(told(), 2)
})
