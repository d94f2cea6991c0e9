// nscd on the nodes: nobody keeps what the master has taken back.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

/** How many nodes. */
const NODES = process.env.KICKBACK_LONG === undefined ? 2 : 8

const code = (m: Machine, ...key: readonly string[]): number => m.run('getent', ...key).code

/** Starts nscd, which keeps what it answered for an hour. */
async function startNscd(node: Machine): Promise<void> {
  node.must('mount -t tmpfs none /var/cache && mkdir -p /run/nscd /var/cache/nscd')
  node.must("sed -i -E 's/^(\\s*(positive|negative)-time-to-live\\s+\\S+\\s+).*/\\13600/' /etc/nscd.conf")
  node.start('nscd', '-d')
  await until(() => node.run('nscd', '-g').code === 0, 'nscd answers')
  // A machine with much to do: who empties its cache needs a second for that.
  node.must('cp /usr/sbin/nscd /var/cache/nscd-program')
  node.must(
    'printf \'#!/bin/sh\\n[ "$1" != -i ] || sleep 1\\nexec /var/cache/nscd-program "$@"\\n\' >/var/cache/nscd-late',
  )
  node.must('chmod 755 /var/cache/nscd-late && mount --bind /var/cache/nscd-late /usr/sbin/nscd')
}

t.test(
  'a new user is known when the wait for nodes is over, and one that is removed is known to no node, though nscd keeps answers for an hour',
  async (t) => {
    const { dir, config, accounts } = example(t, 'interface br0 10.20.30.1 255.255.255.0\n')
    const master = await machine(t, 'master')
    const nodes: Machine[] = []
    for (let i = 1; i <= NODES; i++) nodes.push(await machine(t, `n${i}`))
    connect(
      [master, '10.20.30.1/24'],
      nodes.map((node, i) => [node, `10.20.30.${101 + i}/24`] as const),
    )
    master.start('kickback', 'serve', '--config', config, ...accounts)
    await until(() => master.run('kickback', 'status').code === 0, 'the master answers')
    const key = join(dir, 'cluster.pub')
    writeFileSync(key, master.must('cat /var/lib/kickback/signing.pub'))
    for (const node of nodes) {
      installModule(node)
      await startNscd(node)
      node.must('getent passwd nosuch || true')
      node.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--key', key)
    }
    for (const node of nodes) await until(() => code(node, 'passwd', 'ada') === 0, `${node.name} knows ada`)
    const statistics = nodes[0]?.must('nscd -g') ?? ''
    t.match(statistics, /passwd cache:\s+yes\s+cache is enabled/, 'nscd answers for passwd')

    const passwd = join(dir, 'examples/passwd')
    for (const [i, name] of ['karen', 'edith', 'joan'].entries()) {
      for (const node of nodes) t.equal(code(node, 'passwd', name), 2, `${node.name} keeps that there is no ${name}`)
      appendFileSync(passwd, `${name}:x:${1500 + i}:1000::/home/${name}:/bin/sh\n`)
      master.must(`kickback reload && kickback wait --nodes n1-n${NODES} --timeout 60`)
      for (const node of nodes)
        t.equal(code(node, 'passwd', name), 0, `${node.name} knows ${name} when the wait is over`)
    }

    writeFileSync(passwd, readFileSync(passwd, 'latin1').replace(/^ada:.*\n/m, ''))
    const begun = performance.now()
    for (const node of nodes) await until(() => code(node, 'passwd', 'ada') === 2, `${node.name} has forgotten ada`)
    t.comment(
      `${NODES} nodes have forgotten her ${Math.round(performance.now() - begun)} ms after the change of passwd`,
    )
    for (const node of nodes) t.equal(code(node, 'passwd', '1000'), 2, `${node.name}: her uid`)
  },
)
