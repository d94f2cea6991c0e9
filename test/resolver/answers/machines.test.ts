import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ansibleLines } from '../../../src/resolver/answers/ansible.ts'
import { gendersLines } from '../../../src/resolver/answers/genders.ts'
import { machinesOf } from '../../../src/resolver/answers/machines.ts'
import { prometheusTargets } from '../../../src/resolver/answers/prometheus.ts'
import { slurmLines } from '../../../src/resolver/answers/slurm.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'
import { missing } from '../../nss/programs.ts'
import { configured } from '../configs.ts'
import { LARGE } from '../large.ts'

const snapshot = configured(`
nodes 2
iprange 10.0.0.10 10.0.0.11
iprange fd00::10 fd00::11
nodename n%N
nodename n%N-bmc 0.1.0.0 bmcs
class gpu-big kernelimage none
node 1 gpu-big 0:0:0:0:0:1 0:0:0:0:0:2
hostrange 10.0.0.1 10.0.0.9
host 0:0:0:0:0:3 10.0.0.5 nas files
host 0:0:0:0:0:4 10.0.0.6 nas nas-b
host - 10.0.0.7 odd,name
`)

t.test('genders get netgroups as attributes, and addresses, MACs and aliases as values', async (t) => {
  const lines = [...gendersLines(snapshot)].map((line) => line.trimEnd())
  t.ok(lines.includes('n1\tcompute,cluster,gpu-big,ip=10.0.0.11,ip2=fd00::11,mac=0:0:0:0:0:1|0:0:0:0:0:2'))
  t.ok(lines.includes('n0-bmc\tcompanion,bmcs,ip=10.1.0.10'))
  t.ok(lines.includes('nas\thost,ip=10.0.0.5,alias=files,ip2=10.0.0.6,alias2=nas-b,mac=0:0:0:0:0:3|0:0:0:0:0:4'))
})

t.test('an inventory of Ansible has the machines by kind, then the netgroups', async (t) => {
  const text = [...ansibleLines(snapshot)].join('')
  t.match(text, /^\[nodes\]\nn0 ansible_host=10.0.0.10\nn1 ansible_host=10.0.0.11\n/)
  t.match(text, /\n\[gpu_big\]\nn1\n/)
  t.match(text, /\n\[bmcs\]\nn0-bmc\nn1-bmc\n/)
  t.notMatch(text, /odd/)
  const groups = text.match(/^\[.*\]$/gm) ?? []
  t.equal(new Set(groups).size, groups.length)
})

const large = configured(LARGE)

t.test(
  'nodeattr reads the genders of thousands of nodes, whatever names there are',
  { skip: missing('nodeattr') },
  async (t) => {
    const file = join(folder(t), 'genders')
    const lines = [...gendersLines(large)]
    writeFileSync(file, lines.join(''))
    const nodeattr = (...words: readonly string[]) =>
      spawnSync('nodeattr', ['-f', file, ...words], { encoding: 'utf8' })
    t.match(nodeattr('-k'), { status: 0 }, 'it finds no error')
    t.equal(nodeattr('-q', 'compute').stdout, 'node[00000-02999]\n')
    t.equal(nodeattr('-v', 'gate', 'alias').stdout, 'gate.example.com\n')
    t.equal(nodeattr('-v', 'node00001', 'mac').stdout, '0:0:0:0:0:1|0:0:0:0:0:2\n', 'not the netgroup of that name')
    t.ok(lines.includes('# left out, no name of genders: nas.example.com\n'))
  },
)

t.test(
  'a node that nobody has approved is given to no program that would use it, and its name and address are told',
  async (t) => {
    const waiting = configured('nodes 2\niprange 10.0.0.10 10.0.0.11\nnode 1 unapproved 2:0:0:0:0:1\n')
    for (const lines of [ansibleLines(waiting), gendersLines(waiting), slurmLines(waiting)]) {
      const text = [...lines].join('')
      t.match(text, /n0|n\[0/)
      t.notMatch(text, /n1|0\.11/)
    }
    t.same(
      prometheusTargets(waiting).map(({ labels }) => labels.instance),
      ['n0'],
    )
    t.match(machinesOf(waiting).at(-1), { kind: 'unapproved', name: 'n1', macs: ['2:0:0:0:0:1'], groups: [] })
    t.same(waiting.find('hosts', { name: 'n1' })?.addresses.map(formatAddress), ['10.0.0.11'])
  },
)
