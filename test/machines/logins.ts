/** Logins on a node by ssh from the master, as the rules of the master have them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { UNITS } from './cluster.ts'
import type { Machine } from './machine.ts'

/** Where the proxy of a node, or kickback-fetch, writes them. */
const FILE = '/var/lib/kickback/access.conf'

/** The line of docs/logins.md. */
const LINE = /^account .*pam_access\.so.*$/m.exec(readFileSync(join(root, 'docs/logins.md'), 'utf8'))?.[0] ?? ''

/** Gives sshd of a node the line of the page at its place, and lets the key of ada in as root and as a user of the node itself. */
export async function prepareLogins(node: Machine): Promise<void> {
  await node.must(
    `sed -i 's|^@include common-account|${LINE}\\n&|' /etc/pam.d/sshd && grep -q '^account.*pam_access' /etc/pam.d/sshd`,
  )
  await node.must('useradd -m -u 990 -s /bin/bash keeper')
  for (const [user, home] of [
    ['root', '/root'],
    ['keeper', '/home/keeper'],
  ]) {
    await node.must(`install -d -o ${user} -m 700 ${home}/.ssh`)
    await node.must(`install -o ${user} -m 600 /home/ada/.ssh/authorized_keys ${home}/.ssh/authorized_keys`)
  }
}

/** Whom of these sshd of a node lets in, all with the key of ada. */
export async function letIn(master: Machine, node: Machine, users: readonly string[]): Promise<readonly string[]> {
  const ssh = 'ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR'
  const found: string[] = []
  for (const user of users) {
    const { stdout } = await master.execute(['sh', '-c', `${ssh} ${user}@${node.name} id -un`], { user: 'ada' })
    if (stdout === `${user}\n`) found.push(user)
  }
  return found
}

/** Gives the master these rules, and waits until the node has them: its file then has a line that matches. */
export async function withRules(master: Machine, node: Machine, toml: string, line: RegExp): Promise<void> {
  await master.put('/etc/kickback/kickback.toml', toml)
  await master.must(`systemctl restart ${UNITS.master}`)
  await until(async () => line.test((await node.run('cat', FILE)).stdout), `${line} in ${FILE}`, 60_000)
}
