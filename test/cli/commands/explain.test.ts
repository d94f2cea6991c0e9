import { writeFileSync } from 'node:fs'
import t from 'tap'
import { type Ended, Scratch } from '../scratch.ts'

t.jobs = 2

/** Explains a key in this folder, as root of a master would. */
function explain(scratch: Scratch, ...words: readonly string[]): Promise<Ended> {
  const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
  return scratch.run('explain', ...words, ...scratch.files, ...folders)
}

const json = async (scratch: Scratch, ...words: readonly string[]) =>
  JSON.parse((await explain(scratch, ...words, '--json')).stdout)

/** A line of a file as explanations name it. */
const lineOf = (scratch: Scratch, text: string): number =>
  scratch
    .read('config')
    .split('\n')
    .findIndex((line) => line.startsWith(text)) + 1

t.test('an answer is told with its record, its lines and the generation', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const { code, stdout, stderr } = await explain(scratch, 'hosts', '.15')
  t.same([code, stderr], [0, ''])
  t.match(stdout, /^\.15 is node 15, which is called n15: .*\n {2}10\.20\.30\.115 +n15\n/)
  t.match(
    stdout,
    new RegExp(`/config:${lineOf(scratch, 'iprange')}: gives node 15 the address 10\\.20\\.30\\.115\n +iprange`),
  )
  t.match(stdout, /\n\ngeneration \d+, made from the files as they are now\n/)
  t.match(stdout, /\n {2}module {4}answers, from \S+snapshot\.1 \(written \d+ seconds? ago\)\n {2}socket {4}answers\n/)
  t.match(await json(scratch, 'passwd', 'ada'), {
    ...{ found: true, code: 'found', role: 'master', basis: 'files', record: { name: 'ada', uid: 1000 } },
    lines: [{ file: scratch.path('passwd'), line: Number }],
    machine: { socket: { state: 'answers' } },
  })
})

t.test('an absence is told with its reason, and exits as a look-up that finds nothing', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const { code, stdout } = await explain(scratch, 'hosts', 'n40')
  t.equal(code, 2)
  t.match(stdout, /^not found in hosts: there is no node 40: the last one is node 31\n/)
  t.match(stdout, /\n {2}socket {4}has no such entry\n/)
  t.match(await json(scratch, 'passwd', 'daemon'), { found: false, code: 'below-least' })
  t.match(await explain(scratch, 'services', 'ssh'), {
    code: 64,
    stdout: '',
    stderr: /'services' is not one of passwd/,
  })
})

t.test('a hash is never shown', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const hash = scratch.read('shadow').match(/^ada:([^:]+)/m)?.[1] ?? ''
  t.match(hash, /^\$6\$/)
  for (const words of [
    ['shadow', 'ada'],
    ['shadow', 'ada', '--json'],
  ]) {
    const { code, stdout } = await explain(scratch, ...words)
    t.equal(code, 0)
    t.notOk(stdout.includes(hash), words.join(' '))
  }
})

t.test('where a reload was refused both are told: what is served, and what the files say', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  scratch.append('config', 'host zz\nhost 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await daemon.logged('reload refused')
  const printer = await json(scratch, 'hosts', 'printer')
  t.match(printer, { found: false, code: 'not-served', basis: 'kept', message: /a reload refuses them for 1 error/ })
  t.match(printer.files, { not_served: 'refused', same: false, code: 'found', record: { addresses: ['10.20.30.6'] } })
  t.match(printer.lines, [{ line: lineOf(scratch, 'host 00:A0:D1:00:00:01') }])
  t.match(await json(scratch, 'hosts', 'n3'), {
    found: true,
    basis: 'kept',
    files: { not_served: 'refused', same: true },
  })
  const { stdout } = await explain(scratch, 'hosts', 'pdu1')
  t.match(
    stdout,
    /made from the last good content of the files.*\n\nthe files are different now, of this key they say the same/,
  )
})

t.test('files that the service did not refuse, and a reload would, are those of other settings', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  scratch.write('other', 'nodes 1\niprange 10.20.30.100 10.20.30.100\n')
  const others = { missing: ['--config', scratch.path('nowhere')], lost: ['--config', scratch.path('other')] }
  for (const [what, words] of Object.entries(others)) {
    const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
    const { stdout } = await scratch.run('explain', 'hosts', 'n15', ...scratch.files, ...folders, ...words, '--json')
    const { files } = JSON.parse(stdout)
    t.match(files, { not_served: 'not-reloaded', reason: /^the service has not read them, or .* --config/ }, what)
  }
  scratch.append('config', 'host zz\n')
  await daemon.logged('reload refused')
  t.match((await json(scratch, 'hosts', 'n15')).files, { not_served: 'refused' }, 'the service refused these')
})

t.test('where the loss limit refused it, or content is pinned, that is the reason', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const config = scratch.read('config')
  scratch.write('config', config.replace(/^iprange .*$/m, 'iprange 10.20.31.100 10.20.31.131'))
  await daemon.logged('reload refused')
  const moved = await json(scratch, 'hosts', '10.20.31.115')
  t.match(moved, { code: 'not-served', files: { not_served: 'loss-limit', code: 'found' } })
  t.match(await json(scratch, 'hosts', 'n15'), { found: true, files: { record: { addresses: ['10.20.31.115'] } } })
  scratch.write('config', config)
  const { generation } = JSON.parse((await scratch.ask('history', '--json')).stdout)
  t.match(await scratch.ask('reload', '--back-to', String(generation)), { code: 0 })
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await scratch.ask('reload')
  t.match(await json(scratch, 'hosts', 'printer'), {
    code: 'not-served',
    basis: 'pinned',
    files: { not_served: 'pinned' },
  })
  t.match(await json(scratch, 'hosts', 'n15'), { found: true, lines: [{ line: lineOf(scratch, 'iprange') }] })
})

t.test('a node tells what its snapshot has, and which ids it does not take', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  await daemon.end()
  const node = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('none'), '--config', scratch.path('none')]
  scratch.write('high', 'UID_MIN 1001\n')
  const told = (...words: readonly string[]) =>
    scratch.run('explain', ...words, ...node, '--login-defs', scratch.path('high'), '--json')
  const parsed = async (...words: readonly string[]) => JSON.parse((await told(...words)).stdout)
  t.match(await parsed('hosts', 'n15'), { role: 'node', found: true, basis: 'snapshot', lines: [], standing: String })
  t.match(await parsed('hosts', 'n40'), { code: 'no-such-node', machine: { socket: { state: 'silent' } } })
  t.match(await parsed('passwd', 'ada'), { code: 'id-floor', message: /UID_MIN 1001/ })
})

t.test('whether a user may log in on a node is told with the rules, and where they are written', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('k.toml', '[access]\n15 = ["grace"]\n"15-16" = ["%compilers", "nosuch"]\n')
  const settings = ['--settings', scratch.path('k.toml')]
  await scratch.serve(...settings)
  const { code, stdout } = await explain(scratch, 'access', 'ada@n0015', ...settings)
  t.equal(code, 0)
  t.equal(
    stdout.replaceAll(scratch.path('k.toml'), 'k.toml'),
    'ada may log in on node 15\n  rule 15 (k.toml:2): lets others in\n  rule 15-16 (k.toml:3): has the group compilers\n',
  )
  t.match(await explain(scratch, 'access', 'katherine@.16', ...settings), {
    code: 2,
    stdout: /^katherine may not log in on node 16: no rule/,
  })
  t.match(await explain(scratch, 'access', 'katherine@n3', ...settings), {
    code: 0,
    stdout: /no rule of \[access\] names this node\n$/,
  })
  t.match(await explain(scratch, 'access', 'root@n15', ...settings), { code: 0, stdout: /root always may/ })
  t.match(await explain(scratch, 'access', 'eve\n@n15', ...settings), {
    code: 2,
    stdout: /^eve\S+ may not .* no such user in the cluster/,
  })
  for (const key of ['ada@smartswitch', 'ada@nosuch', 'ada']) {
    t.match(await explain(scratch, 'access', key, ...settings), {
      code: 2,
      stdout: '',
      stderr: /no node of the cluster/,
    })
  }
  t.match(JSON.parse((await explain(scratch, 'access', 'grace@n15', ...settings, '--json')).stdout), {
    ...{ user: 'grace', node: 15, may: true, why: 'rules' },
    rules: [
      { key: '15', by_name: true, line: 2 },
      { key: '15-16', by_name: false, by_groups: ['compilers'], line: 3 },
    ],
  })
})

t.test('there is nothing to explain by where there is neither a snapshot nor a configuration', async (t) => {
  const scratch = new Scratch(t)
  const folders = [
    '--run-dir',
    scratch.path('run'),
    '--state-dir',
    scratch.path('state'),
    '--config',
    scratch.path('none'),
  ]
  t.match(await scratch.run('explain', 'hosts', 'n1', ...folders), {
    code: 1,
    stdout: '',
    stderr: /^kickback: there is nothing to explain/,
  })
  const { code, stdout } = await explain(scratch, 'hosts', 'n1')
  t.equal(code, 2)
  t.match(
    stdout,
    /^nothing is served on this machine.*\n\nthe files say this now, and are not served: nothing is served here yet/,
  )
})

t.test('what a node boots is told with the lines that decide, what iPXE is told, and what is wrong', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const { code, stdout, stderr } = await explain(scratch, 'boot', 'n0015')
  t.same([code, stderr], [0, ''])
  t.match(stdout, /^node 15 boots \/var\/beowulf\/boot\/vmlinuz-centos5u4_amd64 from the network\n/)
  t.match(stdout, /\n {2}stage {9}pxe; local when the image has been sent\n/)
  t.match(
    stdout,
    new RegExp(`/config:${lineOf(scratch, 'class centos5u4 kernelimage')}: gives the kernel: a line of the class`),
  )
  t.match(
    stdout,
    /\n {2}kernel --name kernel http:\/\/MASTER\/file\/00-a0-d1-e5-c4-70\/kernel\/TICKET initrd=initrd-centos/,
  )
  t.match(stdout, /warning: "\/var\/beowulf\/boot\/vmlinuz-centos5u4_amd64" does not exist \[boot-no-image\]/)
  for (const key of ['15', '.15', '10.20.30.115', '00:A0:D1:E5:C4:71']) {
    t.match(await json(scratch, 'boot', key), { node: 15, boots: 'image', next_stage: 'local' }, key)
  }
  for (const key of ['40', 'nosuch', '10.20.30.5', '2:0:0:0:0:1', '1-2']) {
    t.match(await explain(scratch, 'boot', key), { code: 2, stderr: /is no node of/ }, key)
  }
})

t.test('of a node that nobody has approved is told what it has, what it boots, and how it is approved', async (t) => {
  const scratch = new Scratch(t)
  const config = scratch.path('waiting')
  writeFileSync(config, 'nodes 2\niprange 10.0.0.1 10.0.0.2\nkernelimage /k\nnode 1 unapproved 2:0:0:0:0:1\n')
  const plan = await scratch.run('explain', 'boot', '1', '--config', config)
  t.match(plan.stdout, /^node 1 boots from its disk: nobody has approved it, so it is sent nothing\n/)
  t.match(plan.stdout, /class +unapproved: kickback set node 1 --class CLASS/)
  t.match(plan.stdout, /waiting:4: says that nobody has approved the node/)
  t.notMatch(plan.stdout, /kernel +\/k|sequence|stage/)
  const asked = JSON.parse((await scratch.run('explain', 'boot', '2:0:0:0:0:1', '--json', '--config', config)).stdout)
  t.match(asked, { node: 1, class: null, boots: 'local', reason: 'unapproved' })
})

t.test('a machine without a configuration has no boot plans, and says where to ask', async (t) => {
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('explain', 'boot', '15', '--config', scratch.path('none'))
  t.same([code, /ask on a master/.test(stderr)], [1, true])
})
