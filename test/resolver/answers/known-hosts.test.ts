import t from 'tap'
import { knownHostLines, knownHosts } from '../../../src/resolver/answers/known-hosts.ts'
import { HostKeys, hostKeyInText } from '../../../src/resolver/certificates/host-keys.ts'
import { configured, DOMAIN, fileOf } from '../configs.ts'

const keyText = (name: string): string => fileOf(`test/fixtures/host-keys/${name}.pub`).toString().trim()
const key = (name: string) => {
  const found = hostKeyInText(keyText(name))
  if (found === undefined) throw new Error(name)
  return found
}
const told = (node: number, ...names: readonly string[]) => ({ node, keys: new HostKeys().told(names.map(key), 1).all })

const CONFIG = `nodes 3
iprange 10.0.0.1 10.0.0.3
iprange 0 fd00::1 fd00::3
nodename Node%2N
nodename 1 login.example.net
nodename node%2N-ipmi 0.0.1.0 bmcs
`

t.test(
  'a node stands with all its names and addresses, a line for each key, in the order of numbers and types',
  async (t) => {
    const hosts = knownHosts(configured(CONFIG), DOMAIN, [
      told(2, 'ed25519'),
      told(1, 'rsa2048', 'ecdsa256'),
      told(7, 'ed25519'),
    ])
    const one = 'login.example.net,node01,node01.cluster.internal,n1,n1.cluster.internal,10.0.0.2,fd00::2'
    t.same(
      hosts.flatMap(knownHostLines),
      [
        `${one} ${keyText('ecdsa256')}\n`,
        `${one} ${keyText('rsa2048')}\n`,
        `node02,node02.cluster.internal,n2,n2.cluster.internal,10.0.0.3,fd00::3 ${keyText('ed25519')}\n`,
      ],
      'there is no node 7',
    )
  },
)

t.test('what waits is not there', async (t) => {
  const keys = new HostKeys().told([key('ed25519')], 1).told([key('rsa2048')], 2).all
  const [host] = knownHosts(configured(CONFIG), DOMAIN, [{ node: 0, keys }])
  t.same(
    host?.keys.map(({ type }) => type),
    ['ssh-ed25519'],
  )
})

t.test('a node that nobody has approved is not there, whatever keys are kept of its number', async (t) => {
  const nodes = (word: string) =>
    knownHosts(configured(`${CONFIG}node 2 ${word}\n`), DOMAIN, [told(2, 'ed25519')]).map(({ node }) => node)
  t.same(nodes('unapproved'), [])
  t.same(nodes('fast'), [2], 'control')
})
