// How a block of each language is proved: by the program that would read it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseArgv } from '../../src/cli/argv.ts'
import type { Outcome, Served } from '../end-to-end/served.ts'
import { missing } from '../nss/programs.ts'
import { type Block, turnsOf } from './blocks.ts'
import { exportsOf, OPTIONS } from './exports.ts'
import { usagesOf } from './usages.ts'

/** Proves a block, beside a served example. */
export type Proof = (t: Test, served: Served, block: Block) => void

function accepted(t: Test, { code, stdout, stderr }: Outcome, title: string): void {
  t.equal(code, 0, `${title}: ${stdout}${stderr}`)
}

/** Where a block is written, for a program that reads a file. */
function written(served: Served, name: string, lines: readonly string[]): string {
  const path = join(served.dir, name)
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}

/** A proof by a program, which a machine may not have. */
function by(program: string, proof: Proof): Proof {
  return (t, served, block) => {
    const lacking = missing(program)
    if (lacking === false) proof(t, served, block)
    else t.pass(`a ${block.language} block`, { skip: lacking })
  }
}

/** Runs a line of shell in a mount namespace of its own, in which `$1` is a block's file. */
function apart(served: Served, script: string, file: string): Outcome {
  const own = process.geteuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount']
  return served.run('unshare', ...own, 'sh', '-ec', script, 'sh', file)
}

/** A script is shell, and its calls of kickback are right usage. */
function checkScript(t: Test, served: Served, script: string): void {
  accepted(t, served.run('sh', '-n', '-c', script), 'is shell')
  for (const words of usagesOf(script)) {
    const request = parseArgv(words, 'test')
    const isFine = request.kind === 'run' || !request.error
    t.ok(isFine, `kickback ${words.join(' ')}: ${request.kind === 'say' ? request.text : ''}`)
  }
}

function checkSettings(t: Test, served: Served, { lines }: Block): void {
  written(served, 'block.toml', lines)
  const files = ['config', 'passwd', 'group', 'shadow', 'networks'].flatMap((name) => [`--${name}`, `examples/${name}`])
  accepted(t, served.run('kickback', 'check', '--settings', 'block.toml', ...files), 'are known settings')
}

/** A question for each database of nsswitch.conf that kickback answers. */
const QUESTIONS: Readonly<Record<string, string>> = {
  passwd: 'ada',
  group: 'physics',
  hosts: 'n0',
  netgroup: 'cluster',
}

function checkNsswitch(t: Test, served: Served, { lines }: Block): void {
  const file = written(served, 'nsswitch.conf', lines)
  const databases = lines.flatMap((line) => /^(\w+):/.exec(line)?.[1] ?? [])
  const asked = databases.filter((database) => database in QUESTIONS)
  t.ok(asked.length > 0, 'there is a database to ask')
  for (const database of asked) {
    const script = `mount --bind "$1" /etc/nsswitch.conf; getent ${database} ${QUESTIONS[database]}`
    accepted(t, apart(served, script, file), `${database} is answered`)
  }
}

/** A service; a path, with a service for it to start; or a drop-in, which gets what a service needs. */
function checkUnit(t: Test, served: Served, { lines }: Block): void {
  const isPath = lines.includes('[Path]')
  const isWhole = lines.some((line) => line.startsWith('ExecStart='))
  const service = isWhole ? lines : [...(isPath ? [] : lines), '[Service]', 'ExecStart=/bin/true']
  const files = [written(served, 'block.service', service), ...(isPath ? [written(served, 'block.path', lines)] : [])]
  const { code, stdout, stderr } = served.run('systemd-analyze', 'verify', '--man=no', ...files)
  const said = `${stdout}${stderr}`.split('\n').filter((line) => /block\.(?:service|path)/.test(line))
  t.same([code, said], [0, []])
}

function checkSshd(t: Test, served: Served, { lines }: Block): void {
  const key = join(served.dir, 'host-key')
  served.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
  const file = written(served, 'sshd_config', [...lines, `HostKey ${key}`])
  const script = 'mount -t tmpfs none /run; mkdir -m 755 /run/sshd; exec "$(command -v sshd)" -t -f "$1"'
  accepted(t, apart(served, script, file), 'sshd takes it')
}

function checkExports(t: Test, served: Served, { lines }: Block): void {
  const exports = exportsOf(lines)
  t.ok(exports.length > 0)
  for (const { path, client, options } of exports) {
    t.match(path, /^\//)
    for (const option of options) t.ok(OPTIONS.test(option), `${path}: ${option}`)
    if (!client.startsWith('@')) continue
    accepted(t, served.run('getent', '-s', 'kickback', 'netgroup', client.slice(1)), `${client} is a netgroup`)
  }
}

/** The commands of firewalld, on a folder of settings of its own. */
function checkFirewalld(t: Test, served: Served, { lines }: Block): void {
  const folder = join(served.dir, 'firewalld')
  mkdirSync(folder, { recursive: true })
  for (const line of lines.filter((each) => each !== 'firewall-cmd --reload')) {
    const [, words = ''] = /^firewall-cmd --permanent (.*)$/.exec(line) ?? []
    t.ok(words !== '', `${line} is firewall-cmd --permanent`)
    accepted(t, served.run('firewall-offline-cmd', '--system-config', folder, ...words.split(' ')), line)
  }
}

function checkCron(t: Test, served: Served, { lines }: Block): void {
  for (const line of lines) {
    const [, command = ''] = /^(?:[\d*/,-]+ ){5}(.*)$/.exec(line) ?? []
    t.ok(command !== '', 'five fields and a command')
    accepted(t, served.run('sh', '-n', '-c', command), 'is shell')
  }
}

function checkNamed(t: Test, served: Served, { lines }: Block): void {
  const secret = Buffer.alloc(32).toString('base64')
  const key = `key transfer { algorithm hmac-sha256; secret "${secret}"; };`
  accepted(t, served.run('named-checkconf', written(served, 'named.conf', [key, ...lines])), 'named takes it')
}

/** What the answers of an installer do to report, with a command line of the kernel as a node has it: they find the address. */
function checkReport(t: Test, served: Served, { lines }: Block): void {
  const [found = ''] = /\$\(sed .*?\/proc\/cmdline\)/.exec(lines.join('\n')) ?? []
  const address = 'http://10.20.30.1:3048/installed/00-a0-d1-e5-c4-70/0123456789abcdef0123456789abcdef'
  const line = written(served, 'cmdline', [`auto=true kickback.installed=${address} quiet`])
  const said = served.run('sh', '-c', `printf %s "${found.replace('/proc/cmdline', line)}"`)
  t.equal(said.stdout, address, 'the address to report to is found')
}

function checkPreseed(t: Test, served: Served, block: Block): void {
  checkReport(t, served, block)
  const file = written(served, 'preseed.cfg', block.lines)
  accepted(t, served.run('debconf-set-selections', '--checkonly', file), 'debconf takes it')
}

/** The languages of blocks, each with its proof. A language that is not here has none: such a block is one of the list `shown`. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  sh: (t, served, { lines }) => checkScript(t, served, lines.join('\n')),
  machines: (t, served, block) => {
    const turns = turnsOf(block)
    t.ok(turns.length > 0)
    for (const { command } of turns) checkScript(t, served, command)
  },
  json: (t, _, { lines }) => void t.doesNotThrow(() => JSON.parse(lines.join('\n')), 'is JSON'),
  beowulf: (t, served, { lines }) => {
    written(served, 'block', lines)
    const { code, stdout, stderr } = served.run('kickback', 'check', 'block')
    t.equal(code, 0, `is a clean config: ${stdout}${stderr}`)
  },
  toml: checkSettings,
  nsswitch: checkNsswitch,
  unit: by('systemd-analyze', checkUnit),
  nft: by('nft', (t, served, { lines }) => {
    const file = written(served, 'block.nft', lines)
    accepted(t, served.run('unshare', '--map-root-user', '--net', 'nft', '--check', '--file', file), 'nft takes it')
  }),
  firewalld: by('firewall-offline-cmd', checkFirewalld),
  sudoers: by('visudo', (t, served, { lines }) => {
    accepted(
      t,
      served.run('visudo', '--check', '--strict', '--file', written(served, 'sudoers', lines)),
      'visudo takes it',
    )
  }),
  prometheus: by('promtool', (t, served, { lines }) => {
    const file = written(served, 'prometheus.yml', lines)
    accepted(t, served.run('promtool', 'check', 'config', '--syntax-only', file), 'Prometheus takes it')
  }),
  exports: checkExports,
  sshd_config: by('sshd', checkSshd),
  cron: checkCron,
  named: by('named-checkconf', checkNamed),
  preseed: by('debconf-set-selections', checkPreseed),
  kickstart: checkReport,
  autoinstall: checkReport,
}
