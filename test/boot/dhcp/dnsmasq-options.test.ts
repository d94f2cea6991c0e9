// What `kickback export dnsmasq` prints: the names, and for each MAC what the dnsmasq of `serve --boot` is told.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dnsmasqHosts } from '../../../src/boot/dhcp/dnsmasq-hosts.ts'
import { dnsmasqOptions } from '../../../src/boot/dhcp/dnsmasq-options.ts'
import { leasesOf } from '../../../src/boot/dhcp/leases.ts'
import { lacking, run } from '../../dns/programs.ts'
import { folder } from '../../folder.ts'
import { clusterOf, configured, fileOf } from '../../resolver/configs.ts'
import { LARGE } from '../../resolver/large.ts'

const optionsOf = (text: string): readonly string[] =>
  [...dnsmasqOptions(configured(text), clusterOf(text))].map((line) => line.trimEnd())

const LINES = `
nodes 2
iprange fd00::10 fd00::11
iprange 10.0.0.10 10.0.0.11
nodename n%N
nodename n%N-bmc 0.1.0.0 bmcs
class gpu-big kernelimage none
node 1 gpu-big 0:0:0:0:0:1 0:0:0:0:0:2
hostrange 10.0.0.1 10.0.0.9
hostrange fd00::1 fd00::9
host 0:0:0:0:0:3 10.0.0.5 nas files
host 0:0:0:0:0:4 10.0.0.6 nas nas-b
host 0:0:0:0:0:5 fd00::5 six
host - 10.0.0.7 odd,name
`

t.test('names are host-record lines, and each MAC has the addresses of its own line', async (t) => {
  const lines = optionsOf(LINES)
  for (const line of [
    ...['host-record=n1,10.0.0.11', 'host-record=n1,fd00::11', 'host-record=n1-bmc,10.1.0.11'],
    ...['host-record=nas,files,10.0.0.5', 'host-record=nas,nas-b,10.0.0.6', '# left out, no name of DNS: odd,name'],
    'dhcp-host=00:00:00:00:00:01,00:00:00:00:00:02,10.0.0.11,[fd00::11],n1',
    'dhcp-host=00:00:00:00:00:03,10.0.0.5,nas',
    'dhcp-host=00:00:00:00:00:04,10.0.0.6,nas',
    'dhcp-host=00:00:00:00:00:05,[fd00::5],six',
  ])
    t.ok(lines.includes(line), line)
  t.equal(lines.filter((line) => line.startsWith('dhcp-host=')).length, 4)
})

t.test('the dhcp-host lines of a cluster of IPv4 are the hosts file that serve --boot writes', async (t) => {
  const text = fileOf('examples/config').toString()
  const { text: hosts } = dnsmasqHosts(leasesOf(clusterOf(text)))
  const options = optionsOf(text).filter((line) => line.startsWith('dhcp-host='))
  t.ok(options.length > 0)
  t.equal(options.map((line) => `${line.replace('dhcp-host=', '')}\n`).join(''), hosts)
})

t.test('a node that nobody has approved has its name and its address', async (t) => {
  const lines = optionsOf('nodes 2\niprange 10.0.0.10 10.0.0.11\nnode 1 unapproved 2:0:0:0:0:1\n')
  t.ok(lines.includes('host-record=n1,10.0.0.11'))
  t.ok(lines.includes('dhcp-host=02:00:00:00:00:01,10.0.0.11,n1'))
})

t.test('dnsmasq takes the options of thousands of nodes', { skip: lacking('dnsmasq') }, async (t) => {
  const file = join(folder(t), 'dnsmasq.conf')
  for (const text of [LINES, LARGE]) {
    writeFileSync(
      file,
      optionsOf(text)
        .map((line) => `${line}\n`)
        .join(''),
    )
    t.match(await run('dnsmasq', '--test', `--conf-file=${file}`), { code: 0 })
  }
  writeFileSync(file, `${optionsOf(LINES).join('\n')}\ndhcp-host=no,mac,at,all,[fd00::\n`)
  t.match(await run('dnsmasq', '--test', `--conf-file=${file}`), { code: 1 }, 'control')
})
