import t from 'tap'
import type { ImportFormat } from '../../src/import/index.ts'
import { type Fact, fixture, hostsFacts, imported, linesOf, lost } from './carried.ts'

/** Files of real sites, each format with the plainest way to read its names and addresses. */
const SITES: readonly (readonly [
  ImportFormat,
  files: readonly string[],
  facts: (file: string, text: string) => Fact[],
])[] = [
  ['hosts', ['hosts/telescope.hosts'], hostsFacts],
  ['hosts', ['hosts/containers.hosts'], hostsFacts],
  ['hosts', ['hosts/file-system.hosts'], hostsFacts],
  ['hosts', ['hosts/robots.hosts', 'hosts/robots.ethers'], hostsFacts],
  ['hosts', ['hosts/antennas.ethers'], hostsFacts],
  ['hosts', ['hosts/home-lab.ethers', 'hosts/telescope.hosts'], hostsFacts],
]

for (const [format, files, facts] of SITES) {
  t.test(`${format}: each name and address of ${files.join(' and ')} is answered, or in a comment`, async (t) => {
    const texts = Object.fromEntries(files.map((file) => [file, fixture(file)]))
    const all = files.flatMap((file) => facts(file, texts[file] ?? ''))
    t.ok(all.length > 5, `${all.length} facts`)
    t.same(lost(imported(format, texts), all), [])
  })
}

t.test('a name that is taken out of the configuration of a site is missed', async (t) => {
  const file = 'hosts/telescope.hosts'
  const written = imported('hosts', { [file]: fixture(file) })
  const text = written.text.replace('host - 10.1.1.10 dsp-external\n', '')
  t.same(lost({ ...written, text }, hostsFacts(file, fixture(file))), [
    { file, line: 9, address: '10.1.1.10' },
    { file, line: 9, name: 'dsp-external', address: '10.1.1.10' },
  ])
})

t.test('computers of a telescope are nodes, and their IPMI companions', async (t) => {
  t.same(linesOf(imported('hosts', { hosts: fixture('hosts/telescope.hosts') })), [
    'nodes 7',
    'iprange 0 169.254.128.1 169.254.128.1',
    'iprange 1 169.254.128.11 169.254.128.16',
    'nodename dsp%N',
    'nodename 0 dsp',
    'nodename 1-6 dsp%N-ipmi 0.0.0.20 bmcs',
    'hostrange 10.1.1.10 10.1.1.10',
    'host - 10.1.1.10 dsp-external',
  ])
})
