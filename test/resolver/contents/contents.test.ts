import fc from 'fast-check'
import t from 'tap'
import { type Cluster, companionAddresses } from '../../../src/config/index.ts'
import { expandNodename } from '../../../src/config/names/nodename.ts'
import { PLAIN_RULES, readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import type { AlsoExported } from '../../../src/resolver/accounts/exported.ts'
import { answer } from '../../../src/resolver/answers/answers.ts'
import { publicContents, type Sources, shadowContents } from '../../../src/resolver/contents/contents.ts'
import { PUBLIC_DATABASES } from '../../../src/resolver/databases/contents.ts'
import { DATABASES } from '../../../src/resolver/databases/table.ts'
import { buildPublic, buildShadow } from '../../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { foldCase } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { anyCluster } from '../clusters.ts'
import { accountsOf, DOMAIN, fileOf, snapshotOf, sourcesOf } from '../configs.ts'

const exampleAccounts = (also?: AlsoExported) =>
  readAccounts(
    { passwd: fileOf('examples/passwd'), group: fileOf('examples/group'), shadow: fileOf('examples/shadow') },
    { ...PLAIN_RULES, ...also },
  )
const example = (): Sources => sourcesOf(fileOf('examples/config'), { accounts: exampleAccounts() })
const sourcesWith = (cluster: Cluster): Sources => ({
  ...sourcesOf(''),
  cluster,
  interfaceAddresses: [ip('10.252.0.1')],
})

t.test('the same sources give the same bytes', async (t) => {
  t.same(buildPublic(publicContents(example())), buildPublic(publicContents(example())))
  t.same(buildShadow(shadowContents(example())), buildShadow(shadowContents(example())))
})

t.test('the order in which settings name accounts makes no difference', async (t) => {
  const built = (users: string[]): Uint8Array =>
    buildPublic(publicContents({ ...example(), accounts: exampleAccounts({ users, groups: users }) }))
  t.same(built(['bin', 'daemon', 'bin']), built(['daemon', 'bin']))
})

t.test('the rules that a snapshot was made by stand in it, and nothing of the machine that made it', async (t) => {
  const snapshot = snapshotOf({ ...example(), accounts: exampleAccounts({ users: ['munge', 'bin'], groups: ['7'] }) })
  t.equal(
    snapshot.inputs,
    'also_groups=7\nalso_users=bin,munge\ndisabled_users=keep\ndomain=cluster.internal\ngid_max=60000\ngid_min=1000\nlayout=2\nuid_max=60000\nuid_min=1000\n',
  )
  t.equal(snapshot.domain, DOMAIN)
})

t.test('a rule that changes what is exported, or the domain, changes the digest', async (t) => {
  const digest = (sources: Sources): string => Buffer.from(snapshotOf(sources).digest).toString('hex')
  const plain = digest(sourcesOf(''))
  t.not(plain, digest(sourcesOf('', { domain: 'other.internal' })))
  t.not(plain, digest(sourcesOf('', { accounts: accountsOf({ loginDefs: 'UID_MIN 500\n' }) })))
  t.not(plain, digest(sourcesOf('', { accountsComplete: false })))
})

t.test('databases are complete, but accounts only where all of them are known', async (t) => {
  const complete = (accountsComplete: boolean): string[] => {
    const snapshot = snapshotOf(sourcesOf('', { accountsComplete }))
    return PUBLIC_DATABASES.filter((name) => snapshot.isComplete(name))
  }
  t.same(complete(true), PUBLIC_DATABASES)
  t.same(
    PUBLIC_DATABASES.filter((name) => !complete(false).includes(name)),
    ['passwd', 'group', 'initgroups'],
  )
})

t.test('shadow stands in its own snapshot, and no hash in the public one', async (t) => {
  const sources = sourcesOf('', {
    accounts: accountsOf({
      passwd: 'ann:$6$old:1000:1000:::\n',
      group: 'ann:$6$x:1000:\n',
      shadow: 'ann:$6$secret:1:2:3::::\n',
    }),
  })
  t.notOk(Buffer.from(buildPublic(publicContents(sources))).includes('$6$'))
  const shadow = Snapshot.open(buildShadow(shadowContents(sources)))
  t.equal(shadow.find('shadow', { name: 'ann' })?.passwd, '$6$secret')
  t.equal(shadow.count('passwd'), 0)
  t.ok(shadow.isComplete('shadow'))
})

/** Every name of a cluster with the canonical name that it stands for, worked out without any of the resolver. */
function naiveNames({ hosts, nodes, nodenames, masters }: Cluster): Map<string, string> {
  const names = new Map<string, string>()
  const distinct = new Set(masters.flatMap((order) => order.addresses.map((address) => address.bytes.join('.'))))
  const own = distinct.size === 0 ? ['master'] : Array.from(distinct, (_, i) => `master${i}`)
  for (const name of own) names.set(name, name)
  for (const host of hosts) for (const name of [host.name, ...host.aliases]) names.set(name, host.name)
  for (const { number, addresses } of nodes) {
    for (const line of nodenames) {
      const canonical = nodenames.find((one) => one.kind === 'canonical')
      if (
        canonical === undefined ||
        (line.kind === 'companion' && companionAddresses(line, number, addresses).length === 0)
      )
        continue
      const made = expandNodename(line, number)
      names.set(made, line.kind === 'companion' ? made : expandNodename(canonical, number))
    }
  }
  return names
}

const canonicalOf = (snapshot: Snapshot, name: string): string | undefined => {
  const record = answer(snapshot, 'hosts', { name })
  return record === undefined ? undefined : DATABASES.hosts.decode(record).names[0]
}

t.test('in any cluster every name answers, in any case, with dot and domain, and leads to its machine', async () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const snapshot = snapshotOf(sourcesWith(cluster))
      return [...naiveNames(cluster)].every(([name, canonical]) => {
        const long = name.includes('.') ? [] : [`${name}.${DOMAIN}`, `${name.toUpperCase()}.${DOMAIN}.`]
        return [name, name.toUpperCase(), `${name}.`, ...long].every((one) => canonicalOf(snapshot, one) === canonical)
      })
    }),
    { numRuns: 200 },
  )
})

t.test('in any cluster .N is node N for those that exist, and for no other', async () => {
  fc.assert(
    fc.property(anyCluster, fc.nat(6000), (cluster, other) => {
      const snapshot = snapshotOf(sourcesWith(cluster))
      const canonical = cluster.nodenames[0]
      const exists = new Set(cluster.nodes.map((node) => node.number))
      return [...exists, other].every((number) => {
        const expected = exists.has(number) && canonical !== undefined ? expandNodename(canonical, number) : undefined
        return canonicalOf(snapshot, `.${number}`) === expected
      })
    }),
    { numRuns: 200 },
  )
})

t.test('in any cluster each address and each MAC leads to its machine, and absent ones to none', async () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const snapshot = snapshotOf(sourcesWith(cluster))
      for (const host of snapshot.entries('hosts')) {
        for (const { bytes } of host.addresses) {
          const record = answer(snapshot, 'hosts', { address: bytes })
          if (record === undefined || DATABASES.hosts.decode(record).names[0] !== host.names[0]) return false
        }
      }
      const machines = [...cluster.hosts, ...cluster.nodes]
      const macs = machines.flatMap((machine) => machine.macs)
      const absent = [
        answer(snapshot, 'hosts', { address: ip('10.253.0.1').bytes }),
        answer(snapshot, 'ethers', { mac: new Uint8Array(6) }),
      ]
      return (
        macs.length === snapshot.count('ethers') &&
        macs.every((mac) => answer(snapshot, 'ethers', { mac }) !== undefined) &&
        absent.every((record) => record === undefined)
      )
    }),
    { numRuns: 100 },
  )
})

t.test('in any cluster enumeration is masters, devices, then nodes by number, each before its companions', async () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const hosts = [...snapshotOf(sourcesWith(cluster)).entries('hosts')]
      const rank = ({ kind, number }: (typeof hosts)[number]): number => (kind <= 2 ? kind - 10 : number * 10 + kind)
      return hosts.every((host, i) => i === 0 || rank(hosts[i - 1] ?? host) <= rank(host))
    }),
    { numRuns: 100 },
  )
})

t.test('in any cluster a netgroup of nodes holds nobody else, and all of them by both names', async () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const snapshot = snapshotOf(sourcesWith(cluster))
      const names = new Set([...naiveNames(cluster).keys()].map(foldCase))
      const triples = Array.from(snapshot.entries('netgroup'), (netgroup) => netgroup.triples).flat()
      const short = (host: string): string => (host.endsWith(`.${DOMAIN}`) ? host.slice(0, -DOMAIN.length - 1) : host)
      const canonical = cluster.nodenames[0]
      const members = new Set(snapshot.find('netgroup', { name: 'cluster' })?.triples.map((triple) => triple.host))
      return (
        triples.every(({ host = '' }) => names.has(foldCase(short(host)))) &&
        cluster.nodes.every(({ number }) => canonical !== undefined && members.has(expandNodename(canonical, number)))
      )
    }),
    { numRuns: 100 },
  )
})
