import t from 'tap'
import { Scratch } from './scratch.ts'

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
  t.match((await lines('zone'))[0], /^cluster\.internal\. 30 IN SOA /)
  t.match((await lines('zone', '30.20.10.in-addr.arpa'))[0], /^30\.20\.10\.in-addr\.arpa\. 30 IN SOA /)
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
