// A master that gives addresses by DHCP, and a machine that asks for one with any MAC.
import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { until } from '../patience.ts'
import { type Example, example } from './example.ts'
import { connect, type Machine, machine } from './machine.ts'

/** A client of DHCP tells its lease (the script of udhcpc). */
const TELL =
  '#!/bin/sh\n[ "$1" = bound ] && echo "$ip $hostname $domain router=$router dns=$dns boot=$boot_file lease=$lease"\nexit 0\n'

/**
 * A client of DHCP on the first interface of a machine: it asks with a MAC, and more options of udhcpc, and gives what the script `tell` said
 * of the lease; empty for none.
 */
export function dhcpClient(
  node: Machine,
  dir: string,
  tell: string,
): (mac: string, ...options: readonly string[]) => string {
  const script = join(dir, 'tell')
  writeFileSync(script, tell, { mode: 0o755 })
  const asking = ['udhcpc', '-i', 'eth0', '-f', '-q', '-n', '-t', '3', '-T', '1', '-s', script]
  return (mac, ...options) => {
    node.must(
      `ip link set eth0 down && ip addr flush dev eth0 && ip link set eth0 address ${mac} && ip link set eth0 up`,
    )
    return node.run('busybox', ...asking, ...options).stdout.trim()
  }
}

/** Where the master is. */
export const MASTER = '10.20.30.1'

/** A master with DHCP. */
export interface DhcpMaster {
  readonly dir: string
  readonly config: string
  /** The log of the master so far. */
  readonly log: () => string
  /** Starts `kickback serve --boot` with the options of before and these; until it runs. */
  readonly serve: (...more: readonly string[]) => Promise<ChildProcessWithoutNullStreams>
  /** Writes the configuration and has it read. */
  readonly change: (from: string, to: string) => void
  /** Has the configuration read. */
  readonly reload: () => void
  /** The process of dnsmasq. */
  readonly pid: () => number
}

/** A master with DHCP on a machine. Nothing runs yet. */
export function dhcpMaster(t: Test, master: Machine, { dir, config, accounts }: Example): DhcpMaster {
  let log = ''
  const serve = async (...more: readonly string[]) => {
    const files = ['--config', config, ...accounts, '--state-dir', join(dir, `state-${master.name}`)]
    const child = master.start('kickback', 'serve', '--boot', ...files, ...more)
    const from = log.length
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    t.teardown(() => spawnSync('kill', [readPid(master)]))
    await until(() => log.slice(from).includes('dnsmasq runs') || child.exitCode !== null, 'dnsmasq runs')
    return child
  }
  const reload = (): void => void master.must('kickback reload')
  return {
    ...{ dir, config, log: () => log, serve, reload, pid: () => Number(readPid(master)) },
    change: (from, to) => {
      const text = readFileSync(config, 'utf8')
      if (!text.includes(from)) throw new Error(`the configuration has no ${from}`)
      writeFileSync(
        config,
        text.replace(from, () => to),
      )
      reload()
    },
  }
}

/** A master with DHCP, and a machine on its network. */
export interface DhcpCluster extends DhcpMaster {
  readonly master: Machine
  readonly node: Machine
  /** What the machine gets with this MAC: `IP NAME DOMAIN ...`, empty for nothing. */
  readonly lease: (mac: string, ...options: readonly string[]) => string
}

/** A master with DHCP, and a machine on its network, each in a namespace of its own. Nothing runs yet. */
export async function dhcpCluster(t: Test, lines = `interface br0 ${MASTER} 255.255.255.0\n`): Promise<DhcpCluster> {
  const [master, node] = [await machine(t, 'master'), await machine(t, 'node')]
  connect([master, `${MASTER}/24`], [[node, '10.20.30.200/24']])
  const served = dhcpMaster(t, master, example(t, lines))
  return { ...served, master, node, lease: dhcpClient(node, served.dir, TELL) }
}

function readPid(master: Machine): string {
  return master.run('cat', '/run/kickback/dhcp/dnsmasq.pid').stdout.trim()
}
