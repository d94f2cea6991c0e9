import t from 'tap'
import { loginVerdict } from '../../../src/resolver/explanations/logins.ts'
import type { LoginRule } from '../../../src/resolver/logins/rules.ts'
import { accountsOf, configured } from '../configs.ts'

const CONFIG = 'nodes 4\niprange 10.0.0.10 10.0.0.13\n'
const accounts = accountsOf({
  passwd: 'ada:x:2000:2000::/:\nADA:x:2001:2001::/:\nbob:x:2002:2002::/:\neve:x:2003:2001::/:\n',
  group: 'physics:x:2000:bob\nchem:x:2001:\n',
})
const rule = (key: string, node: number, more: Partial<LoginRule>): LoginRule => ({
  ...{ key, nodes: [{ first: node, last: node }], users: [], groups: [] },
  ...more,
})
const snapshot = configured(CONFIG, {
  accounts,
  logins: [
    rule('1', 1, { users: ['ada'] }),
    rule('n1', 1, { groups: ['physics', 'chem', 'nosuch'] }),
    rule('2', 2, {}),
  ],
})
const asked = (user: string, node: number): string => {
  const { may, why, rules } = loginVerdict(snapshot, user, node)
  const by = rules.map(
    ({ key, byName, byGroups }) => `${key}${byName ? ' name' : ''}${byGroups.map((g) => ` ${g}`).join('')}`,
  )
  return [`${may ? 'may' : 'may not'}, ${why}`, ...by].join('; ')
}

t.test('a user may log in where one of the rules names the user or a group of the user', async (t) => {
  t.equal(asked('ada', 1), 'may, rules; 1 name; n1 physics')
  t.equal(asked('bob', 1), 'may, rules; 1; n1 physics')
  t.equal(asked('eve', 1), 'may, rules; 1; n1 chem', 'by the primary group')
  t.equal(asked('ADA', 1), 'may, rules; 1 name; n1 chem', 'PAM does not tell upper from lower case')
  t.equal(asked('ada', 2), 'may not, rules; 2')
})

t.test('root may everywhere, everybody may where no rule is, and who is no user of the cluster may not', async (t) => {
  t.equal(asked('root', 2), 'may, root; 2')
  t.equal(asked('ada', 3), 'may, open')
  t.equal(asked('nobody', 1), 'may not, unknown; 1; n1')
})
