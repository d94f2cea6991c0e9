import t from 'tap'
import { Scratch } from '../scratch.ts'

t.test('export prints every format of the files that it stands in for', async (t) => {
  const scratch = new Scratch(t)
  const lines = async (...words: string[]) => {
    const { code, stdout, stderr } = await scratch.run('export', ...words, ...scratch.files)
    t.same({ code, stderr }, { code: 0, stderr: '' }, words.join(' '))
    return stdout.trimEnd().split('\n')
  }
  t.same((await lines('hosts')).slice(0, 4), [
    '10.20.30.5 smartswitch',
    '10.20.30.90 pdu1',
    '10.20.30.91 pdu2',
    '10.20.30.100 n0',
  ])
  t.same((await lines('hosts')).length, 35)
  t.ok((await lines('ethers')).includes('0:a0:d1:e5:c4:71 n15'))
  t.equal((await lines('passwd'))[0], 'ada:*:1000:1000:Ada Byron,Room 12,,:/home/ada:/bin/bash')
  t.ok((await lines('group')).some((line) => /^[a-z]+:\*:2000:/.test(line)))
  t.ok((await lines('netgroup')).some((line) => line.startsWith('cluster (n0,-,)')))
  t.same(await lines('slurm'), ['NodeName=n[0-31] NodeAddr=10.20.30.[100-131]'])
  t.match((await lines('zone'))[0], /^cluster\.internal\. 30 IN SOA /)
  t.match((await lines('zone', '30.20.10.in-addr.arpa'))[0], /^30\.20\.10\.in-addr\.arpa\. 30 IN SOA /)
})

/** The name under which an address is found in a reverse zone, without its zone's suffix and final dot. */
function reversed(address: string): string {
  if (!address.includes(':')) return address.split('.').reverse().join('.')
  const [head = '', tail = ''] = address.split('::').map((part) =>
    part
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
  )
  return [...(head + tail.padStart(32 - head.length, '0'))].reverse().join('.')
}

t.test('every format has the addresses of both families', async (t) => {
  const scratch = new Scratch(t)
  scratch.append(
    'config',
    'iprange fd00:20:30::100 fd00:20:30::11f\nhostrange fd00:20:31::1 fd00:20:31::9\nhost 00:A0:D1:00:00:06 fd00:20:31::5 six half\n',
  )
  const lines = async (...words: string[]) => {
    const { code, stdout, stderr } = await scratch.run('export', ...words, ...scratch.files)
    t.equal(code, 0, `${words.join(' ')} ${stderr}`)
    return stdout.trimEnd().split('\n')
  }
  const hosts = await lines('hosts')
  for (const line of ['10.20.30.115 n15', 'fd00:20:30::10f n15', 'fd00:20:31::5 six half'])
    t.ok(hosts.includes(line), line)
  t.ok((await lines('ethers')).includes('0:a0:d1:0:0:6 six'))
  const members = (await lines('netgroup')).find((line) => line.startsWith('cluster ')) ?? ''
  t.equal(members.split('(n15,-,)').length, 2, 'a node of two addresses is one member')
  const { stderr } = await scratch.run('export', 'zone', 'example.org', ...scratch.files)
  const origins = stderr.match(/\S+\.arpa/g) ?? []
  t.ok(
    origins.some((origin) => origin.endsWith('ip6.arpa')) && origins.some((origin) => origin.endsWith('in-addr.arpa')),
  )
  const zone = await lines('zone')
  const reverse = (await Promise.all(origins.map((origin) => lines('zone', origin)))).flat()
  for (const [address = '', name] of hosts.map((line) => line.split(' '))) {
    const type = address.includes(':') ? 'AAAA' : 'A'
    t.ok(zone.includes(`${name}.cluster.internal. 30 IN ${type} ${address}`), `${type} of ${name}`)
    const arpa = `${reversed(address)}.${type === 'A' ? 'in-addr' : 'ip6'}.arpa.`
    t.ok(reverse.includes(`${arpa} 30 IN PTR ${name}.cluster.internal.`), `PTR of ${address}`)
  }
})

t.test('export says which zones there are when another is asked for', async (t) => {
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('export', 'zone', 'example.org', ...scratch.files)
  t.equal(code, 1)
  t.match(stderr, /cluster\.internal .*in-addr\.arpa/)
  t.match(await scratch.run('export', 'hosts', 'example.org', ...scratch.files), { code: 64 })
})

t.test('export prints nothing of a configuration in error', async (t) => {
  const scratch = new Scratch(t)
  scratch.append('config', 'host zz\n')
  t.match(await scratch.run('export', 'hosts', ...scratch.files), {
    code: 1,
    stdout: '',
    stderr: /config:22:6: error: /,
  })
  const skipped = await scratch.run('export', 'hosts', '--skip-bad-lines', ...scratch.files)
  t.match(skipped, { code: 0, stdout: /smartswitch/, stderr: /left out/ })
})

t.test('export --json gives entries and records', async (t) => {
  const scratch = new Scratch(t)
  const json = async (format: string) =>
    JSON.parse((await scratch.run('export', format, '--json', ...scratch.files)).stdout)
  t.match((await json('hosts'))[0], { names: ['smartswitch'], addresses: ['10.20.30.5'] })
  const zone = await json('zone')
  t.equal(zone.origin, 'cluster.internal')
  t.match(zone.records[2], { owner: 'smartswitch.cluster.internal', data: { type: 'A', address: '10.20.30.5' } })
})
