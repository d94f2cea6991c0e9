import t from 'tap'
import { placement } from '../../../src/setup/nsswitch/placement.ts'
import { afterSuccess, endsSearch, parseLine } from '../../../src/values/nsswitch-line.ts'

/** The line with the source in it. */
function placed(text: string): string {
  const line = parseLine(text)
  const insertion = line && placement(line)
  return insertion === undefined ? text : `${text.slice(0, insertion.at)}${insertion.text}${text.slice(insertion.at)}`
}

t.test('hosts: behind files and myhostname, ahead of whatever waits for the network or ends the search', async (t) => {
  const lines: readonly [string, string][] = [
    ['hosts: files dns', 'hosts: files kickback dns'],
    ['hosts: files myhostname dns', 'hosts: files myhostname kickback dns'],
    ['hosts: files dns myhostname', 'hosts: files kickback dns myhostname'],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns', 'hosts: files kickback mdns4_minimal [NOTFOUND=return] dns'],
    [
      'hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns',
      'hosts: mymachines kickback resolve [!UNAVAIL=return] files myhostname dns',
    ],
    ['hosts: resolve [!UNAVAIL=return] files', 'hosts: kickback resolve [!UNAVAIL=return] files'],
    ['hosts: files [NOTFOUND=return] dns', 'hosts: files kickback [NOTFOUND=return] dns'],
    ['hosts: files[!UNAVAIL=return]dns', 'hosts: files kickback[!UNAVAIL=return]dns'],
    ['hosts: mymachines', 'hosts: mymachines kickback'],
    ['hosts: dns', 'hosts: kickback dns'],
    ['hosts:', 'hosts: kickback'],
    ['networks: files dns', 'networks: files kickback dns'],
  ]
  for (const [before, after] of lines) t.equal(placed(before), after)
})

t.test('accounts: behind the last of the machine’s files that is asked', async (t) => {
  const lines: readonly [string, string][] = [
    ['passwd: files systemd', 'passwd: files kickback systemd'],
    ['passwd: files systemd extrausers', 'passwd: files systemd extrausers kickback'],
    ['passwd: sss files systemd', 'passwd: sss files kickback systemd'],
    ['passwd: compat', 'passwd: compat kickback'],
    ['shadow: nis [NOTFOUND=return] files', 'shadow: kickback nis [NOTFOUND=return] files'],
    ['ethers: db files', 'ethers: db files kickback'],
    ['netgroup: nis', 'netgroup: kickback nis'],
    ['netgroup: files nis', 'netgroup: files kickback nis'],
  ]
  for (const [before, after] of lines) t.equal(placed(before), after)
})

t.test('what goes on after a success is said for the source too', async (t) => {
  const lines: readonly [string, string][] = [
    ['group: files [SUCCESS=merge] systemd', 'group: files [SUCCESS=merge] kickback [SUCCESS=merge] systemd'],
    [
      'group: files [NOTFOUND=return SUCCESS=merge] nis',
      'group: files [SUCCESS=merge] kickback [NOTFOUND=return SUCCESS=merge] nis',
    ],
    ['initgroups: files', 'initgroups: files [SUCCESS=continue] kickback'],
    [
      'initgroups: files [SUCCESS=continue] sss',
      'initgroups: files [SUCCESS=continue] kickback [SUCCESS=continue] sss',
    ],
    ['initgroups: sss', 'initgroups: kickback [SUCCESS=continue] sss'],
  ]
  for (const [before, after] of lines) t.equal(placed(before), after)
})

t.test('a line that the C library would not understand is left alone', async (t) => {
  for (const text of [
    'hosts: files [NOTFOUND=return',
    'hosts: files [x=y] dns',
    'hosts: [NOTFOUND=return] dns',
    'hosts: files [] dns',
    'hosts: files [!UNAVAIL] dns',
  ])
    t.equal(placed(text), text)
})

t.test('comments and blank lines have no database', async (t) => {
  for (const text of ['', '   ', '# hosts: files', 'hosts', ' # x: y']) t.equal(parseLine(text), undefined)
})

t.test('actions are read as glibc reads them', async (t) => {
  const [first, second] = parseLine('hosts: a [!UNAVAIL=return] [notfound = Continue] b[SUCCESS=merge]')?.sources ?? []
  t.same(Object.fromEntries(first?.actions ?? []), { success: 'return', notfound: 'continue', tryagain: 'return' })
  t.equal(first && endsSearch(first), true)
  t.equal(second && afterSuccess(second), 'merge')
  t.equal(second && endsSearch(second), false)
})
