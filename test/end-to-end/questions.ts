/** A question to a database, and exactly what getent prints and exits with for it. */
export interface Question {
  readonly db: string
  readonly key: string
  readonly stdout: string
  readonly code: number
}

const found = (db: string, key: string, line: string): Question => ({ db, key, stdout: `${line}\n`, code: 0 })
const absent = (db: string, key: string): Question => ({ db, key, stdout: '', code: 2 })
const host = (key: string, address: string, name: string): Question =>
  found('hosts', key, `${address.padEnd(15)} ${name}`)

/** What a client of examples/ may ask, with the answers that the guide and our design promise. */
export const questions: readonly Question[] = [
  host('smartswitch', '10.20.30.5', 'smartswitch'),
  host('SmartSwitch', '10.20.30.5', 'smartswitch'),
  host('smartswitch.cluster.internal', '10.20.30.5', 'smartswitch'),
  host('10.20.30.5', '10.20.30.5', 'smartswitch'),
  ...['n15', '.15', 'n0015', 'n+15', 'n15.', 'N15', 'n15.cluster.internal', 'n15.cluster.internal.'].map((spelling) =>
    host(spelling, '10.20.30.115', 'n15'),
  ),
  host('10.20.30.115', '10.20.30.115', 'n15'),
  host('n0', '10.20.30.100', 'n0'),
  host('10.20.30.131', '10.20.30.131', 'n31'),
  ...['n32', 'n-7', 'n', 'n15x', 'smart', 'n15.example.org', '10.20.30.132', '10.20.30.6'].map((key) =>
    absent('hosts', key),
  ),
  found('ethers', '00:A0:D1:E9:87:CA', '0:a0:d1:e9:87:ca smartswitch'),
  found('ethers', 'smartswitch', '0:a0:d1:e9:87:ca smartswitch'),
  found('ethers', '00:A0:D1:E5:C4:70', '0:a0:d1:e5:c4:70 n15'),
  found('ethers', '0:a0:d1:e5:c4:71', '0:a0:d1:e5:c4:71 n15'),
  found('ethers', 'n15', '0:a0:d1:e5:c4:70 n15'),
  found('ethers', 'n0', '0:a0:d1:e5:c4:6e n0'),
  ...['n1', '00:A0:D1:E5:C4:72', 'nobody'].map((key) => absent('ethers', key)),
  found('passwd', 'ada', 'ada:x:1000:1000:Ada Byron,Room 12,,:/home/ada:/bin/bash'),
  found('passwd', '1500', 'pipeline:x:1500:1500::/srv/pipeline:/bin/sh'),
  ...['root', '0', 'munge', 'nobody', '65534', 'ADA', '1004', 'ad'].map((key) => absent('passwd', key)),
  found('group', 'physics', 'physics:*:2000:ada,katherine'),
  found('group', '2003', 'retired:*:2003:'),
  found('group', '100', 'users:*:100:'),
  ...['root', '0', 'sudo', '27', 'adm', 'nogroup', '65534', 'Physics'].map((key) => absent('group', key)),
  found('networks', 'cluster-net', 'cluster-net           10.20.30.0 private'),
  found('networks', 'PRIVATE', 'cluster-net           10.20.30.0 private'),
  found('networks', '10.20.30.0', 'cluster-net           10.20.30.0 private'),
  found('networks', '169.254.0.0', 'link-local            169.254.0.0'),
  ...['nosuch', '10.20.30', '10.20.30.1', '169.254', '0'].map((key) => absent('networks', key)),
]

/** Users whose groups are asked for by getent initgroups: present, without further groups, hidden, absent. */
export const members: readonly string[] = ['ada', 'grace', 'hedy', 'katherine', 'pipeline', 'root', 'nosuch']
