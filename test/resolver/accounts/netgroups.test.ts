// The netgroup file of a master: what it adds to the netgroups of the configuration.
import t from 'tap'
import { parseConfig } from '../../../src/config/index.ts'
import { readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import { inNetgroup } from '../../../src/resolver/answers/membership.ts'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { netgroupSizes } from '../../../src/resolver/contents/netgroups.ts'
import { USUAL_ZONES } from '../../../src/resolver/records/entries.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'

const CONFIG = 'nodes 2\niprange 10.1.0.1 10.1.0.2\nclass big kernelimage none\nnode 00:A0:D1:E9:87:C1 big\n'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** The cluster of a configuration, the accounts with a netgroup file, and what is told of the file. */
function accountsWith(file: string, config = CONFIG) {
  const { cluster } = parseConfig(bytes(config), { domain: 'c.example', file: 'config' })
  const rules = {
    users: [],
    groups: [],
    disabledUsers: 'keep',
    today: 0,
    madeNetgroups: netgroupSizes(cluster),
  } as const
  const accounts = readAccounts({ passwd: bytes(''), group: bytes(''), netgroup: bytes(file) }, rules)
  return { cluster, accounts, told: accounts.diagnostics.map(({ line, code }) => `${line} ${code}`) }
}

/** The snapshot with a netgroup file, and what is told of the file. */
function read(file: string) {
  const { cluster, accounts, told } = accountsWith(file)
  const more = {
    interfaceAddresses: [],
    domain: 'c.example',
    zones: { ...USUAL_ZONES, port: 3045 },
    accountsComplete: true,
  }
  const snapshot = Snapshot.open(buildPublic(publicContents({ cluster, accounts, ...more })))
  return { snapshot, told, triples: (name: string) => snapshot.find('netgroup', { name })?.triples }
}

t.test('triples and included netgroups are read as the C library reads them', async (t) => {
  const { snapshot, told, triples } = read(
    '# people\nadmins (,ann,) ( , bob , )\nall admins \\\n  (login,-,c.example)\nloop all loop other\nother loop (,eve,)\n',
  )
  t.same(told, [])
  t.same(
    triples('admins')?.map(({ user }) => user),
    ['ann', 'bob'],
  )
  t.same(triples('all'), [
    { host: 'login', user: '-', domain: 'c.example' },
    { host: undefined, user: 'ann', domain: undefined },
    { host: undefined, user: 'bob', domain: undefined },
  ])
  t.same(triples('loop')?.length, 4, 'a netgroup that includes itself ends there')
  t.ok(inNetgroup(snapshot, 'all', { user: 'bob' }))
  t.notOk(inNetgroup(snapshot, 'admins', { user: 'eve' }))
})

t.test('a netgroup may include those of the configuration, and changes none of them', async (t) => {
  const { snapshot, told, triples } = read('both cluster (,ann,)\ncluster (,eve,)\nbig (,eve,)\n')
  t.same(told, ['2 netgroup-taken', '3 netgroup-taken'])
  t.ok(inNetgroup(snapshot, 'both', { host: 'n1' }))
  t.ok(inNetgroup(snapshot, 'both', { user: 'ann' }))
  t.notOk(inNetgroup(snapshot, 'cluster', { user: 'eve' }))
  t.ok(triples('cluster')?.every(({ user }) => user === '-'))
})

t.test('what is wrong with a line is told, and costs that line alone', async (t) => {
  const { told, triples } = read('bad (a,b)\nworse (a,b,c\n(x,,)\ngood nowhere (,ann,)\ngood (,bob,)\n')
  t.same(told.sort(), [
    '1 account-malformed',
    '2 account-malformed',
    '3 account-malformed',
    '4 netgroup-unknown',
    '5 account-repeated',
  ])
  t.same(
    triples('good')?.map(({ user }) => user),
    ['ann'],
  )
})

t.test('lines that include one another mean so many triples at most: the first that is beyond is told', async (t) => {
  const numbers = Array.from({ length: 3000 }, (_, i) => i)
  const chain = numbers.map((i) => `g${i} (h${i},,)${i === 0 ? '' : ` g${i - 1}`}\n`).join('')
  const { accounts, told } = accountsWith(chain)
  // Line n looks at n triples and at n - 1 names.
  t.same(told, ['2237 account-too-long'])
  t.equal(accounts.netgroups.length, 2236)
  t.equal(accounts.netgroups.at(-1)?.triples.length, 2236)
  const ring = numbers.map((i) => `r${i} r${(i + 1) % numbers.length}\n`).join('')
  t.same(accountsWith(ring).told, ['1667 account-too-long'], 'names that mean nothing count too')
})

t.test('what lines include of the configuration counts among the triples', async (t) => {
  const large =
    'nodes 20000\niprange 10.1.0.0 10.1.78.31\nhostrange lab 10.2.0.0 10.2.0.9\nclass big kernelimage none\n'
  const lines = (name: string) => Array.from({ length: 200 }, (_, i) => `g${i} ${name}\n`).join('')
  t.same(accountsWith(lines('cluster'), large).told, ['125 account-too-long'])
  for (const few of ['lab', 'big']) t.same(accountsWith(lines(few), large).told, [])
})
