import t from 'tap'
import { parseSubject, type Subject, subjectName, subjectUris } from '../../../src/resolver/certificates/subject.ts'

const CLUSTER = '0123456789abcdef0123456789abcdef'
const shown = (subject: Subject): string =>
  subjectUris(subject)
    .map((uri) => `URI:${uri}`)
    .join(', ')

t.test('what is written is read', async (t) => {
  const node: Subject = { kind: 'node', node: 2 ** 31 - 1, cluster: CLUSTER }
  const master: Subject = { kind: 'master', cluster: CLUSTER }
  t.same(parseSubject(shown(node)), node)
  t.same(parseSubject(shown(master)), master)
  t.same([subjectName(node), subjectName(master)], ['CN=node 2147483647', 'CN=master'])
})

t.test('anything else is no subject', async (t) => {
  const good = `URI:kickback:node:1, URI:kickback:cluster:${CLUSTER}`
  t.ok(parseSubject(good))
  const wrong = [
    undefined,
    '',
    good.replace('node:1', 'node:01'),
    good.replace('node:1', 'node:-1'),
    good.replace('node:1', 'node:4294967297'),
    good.replace('node:1', 'node:1\0'),
    good.toUpperCase(),
    `${good}, DNS:example.org`,
    `DNS:example.org, ${good}`,
    `URI:kickback:node:2, ${good}`,
    `URI:"kickback:node:1, URI:kickback:cluster:${CLUSTER}"`,
    `${good}\n`,
  ]
  for (const text of wrong) t.equal(parseSubject(text), undefined, String(text))
})
