// Ten machines of a cluster, of which one is frozen, one off, one installing and some never came: what kickback nodes tells of them.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, type Machine, machine } from './machine.ts'

/** The short run does not wait until a frozen node is silent for long enough. */
const isLong = process.env.KICKBACK_LONG !== undefined
/** Ten machines start on few processors, and a frozen node is known after 45 seconds. */
const PATIENCE = 120_000
const MAC = '00:a0:d1:00:00:05'

interface Listed {
  readonly number: number
  readonly state: string
}

t.test('ten machines: up, frozen, off, installing, and never there', async (t) => {
  const { dir } = example(t, '')
  chmodSync(dir, 0o755)
  for (const image of ['kernel', 'initrd']) writeFileSync(join(dir, image), Buffer.alloc(10_000, 'i'))
  const lines = [
    ...['nodes 10', 'iprange 10.20.30.100 10.20.30.109', 'interface br0 10.20.30.1 255.255.255.0'],
    ...[`node 5 install pxe+local pxe ${MAC}`, `kernelimage ${dir}/kernel`, `initrdimage ${dir}/initrd`],
  ]
  const config = join(dir, 'ten')
  writeFileSync(config, `${lines.join('\n')}\n`)
  const master = await machine(t, 'master')
  const nodes: Machine[] = []
  for (let i = 0; i < 10; i++) nodes.push(await machine(t, `n${i}`))
  connect(
    [master, '10.20.30.1/24'],
    nodes.map((node, i) => [node, `10.20.30.${100 + i}/24`] as const),
  )
  master.start(
    'kickback',
    'serve',
    '--config',
    config,
    '--boot',
    '--boot-dhcp',
    'off',
    '--boot-listen',
    '10.20.30.1:3048',
  )
  await until(() => master.run('kickback', 'status').code !== 1, 'the master answers', PATIENCE)
  const key = join(dir, 'cluster.pub')
  writeFileSync(key, master.must('cat /var/lib/kickback/signing.pub'))
  const proxies = [0, 1, 2, 3, 4].map((i) =>
    nodes[i]?.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--key', key),
  )
  const listed = (): readonly Listed[] =>
    JSON.parse(master.must(`kickback nodes --json --config '${config}'`)).nodes as Listed[]
  const states = (): string =>
    listed()
      .map(({ state }) => state)
      .join(' ')
  await until(() => /^(up ){5}never/.test(states()), 'five nodes are up', PATIENCE)
  t.match(listed()[0], { content: 'in-step', machine: { cpus: Number, kernel: String } }, 'they tell of their machines')

  // Node 5 boots an installer as iPXE would; node 3 is frozen, and node 4 is switched off.
  const asked = (path: string): string => nodes[5]?.must(`curl -sfS 'http://10.20.30.1:3048${path}'`) ?? ''
  const script = asked(`/boot/${MAC.replaceAll(':', '-')}`)
  for (const [, path] of script.matchAll(/http:\/\/[^/]+(\/file\/\S+)/g))
    nodes[5]?.must(`curl -sfS -o /dev/null 'http://10.20.30.1:3048${path}'`)
  const report = /http:\/\/[^/]+(\/sent\/\S+)/.exec(script)?.[1] ?? ''
  asked(report)
  if (isLong) proxies[3]?.kill('SIGSTOP')
  proxies[4]?.kill('SIGKILL')
  const wanted = `up up up ${isLong ? 'down' : 'up'} down installing never never never never`
  await until(() => states() === wanted, 'a frozen node is down once it is silent', PATIENCE)
  t.equal(states(), wanted)
  const text = master.must(`kickback nodes --config '${config}'`)
  t.comment(text)
  t.match(
    text,
    isLong ? /\nup +3: n0-n2\ninstalling +1: n5\ndown +2: n3-n4\n/ : /\nup +4: n0-n3\ninstalling +1: n5\ndown +1: n4\n/,
  )
  t.match(text, /\nnever +4: n6-n9\n/)
  t.match(text, /\n +5 +n5 +installing +- +local /, 'its stage moved on')
  t.equal(master.run('bpstat', '--state', 'gone').code, 0)
  if (!isLong) return
  proxies[3]?.kill('SIGCONT')
  await until(() => listed()[3]?.state === 'up', 'it goes on', PATIENCE)
})
