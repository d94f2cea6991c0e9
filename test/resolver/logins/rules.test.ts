import t from 'tap'
import { SECTION_COMPLETE, SECTIONS } from '../../../src/resolver/layout.ts'
import { type LoginRule, loginRulesOf, loginsText, rulesOfNode } from '../../../src/resolver/logins/rules.ts'
import { configured } from '../configs.ts'

const CONFIG = 'nodes 4\niprange 10.0.0.10 10.0.0.13\n'

const rule = (more: Partial<LoginRule> = {}): LoginRule => ({
  key: 'gpu',
  nodes: [
    { first: 1, last: 2 },
    { first: 5, last: undefined },
  ],
  users: ['ada', 'grace'],
  groups: ['physics'],
  ...more,
})
const RULES = [rule(), rule({ key: 'a class', nodes: [], users: [] }), rule({ key: '3', groups: [], users: [] })]

t.test('rules are lines, and read back as they were', async (t) => {
  t.equal(loginsText(RULES), '1-2,5- ada,grace physics gpu\n- - physics a class\n1-2,5- - - 3\n')
  t.same(loginRulesOf(loginsText(RULES)), RULES)
  t.same(loginRulesOf(''), [])
})

t.test('a snapshot holds them, and without a rule it is the one that it always was', async (t) => {
  t.same(configured(CONFIG, { logins: RULES }).logins, RULES)
  t.same(configured(CONFIG).logins, [])
  t.same(configured(CONFIG, { logins: [] }).digest, configured(CONFIG).digest)
  t.notSame(configured(CONFIG, { logins: RULES }).digest, configured(CONFIG).digest)
  t.equal(SECTIONS.filter(({ id }) => id === 7).length, 1)
  t.equal(SECTION_COMPLETE, 1)
})

t.test('the rules of a node are those that name it, by a range or one without an end', async (t) => {
  const keys = (node: number): string[] => rulesOfNode(RULES, node).map(({ key }) => key)
  t.same([0, 1, 2, 3, 4, 5, 1_000_000].map(keys), [[], ['gpu', '3'], ['gpu', '3'], [], [], ['gpu', '3'], ['gpu', '3']])
})

t.test('a rule with a name that means something else to PAM is not written', async (t) => {
  for (const name of ['ALL', 'a b', 'a,b', 'x\n1- mallory - y', '(wheel)', '-'])
    for (const more of [{ users: [name] }, { groups: [name] }])
      t.throws(() => loginsText([rule(more)]), RangeError, JSON.stringify(more))
  for (const key of ['', 'a\nb']) t.throws(() => loginsText([rule({ key })]), RangeError)
})

t.test('damaged rules are no rules at all: one that was left out would open its nodes', async (t) => {
  const line = '1-2 ada physics gpu\n'
  for (const text of [
    'x',
    '\n',
    '1-2 ada physics\n',
    '1-2 ada physics \n',
    '1 ada - gpu\n',
    '-1 ada - gpu\n',
    ' ada - x\n',
    line.slice(0, -1),
  ])
    t.throws(() => loginRulesOf(line + text), { code: 'section' }, JSON.stringify(text))
})
