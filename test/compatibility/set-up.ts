/** `kickback setup` on a machine below a folder, as the command line would run it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from '../../src/cli/commands/setup/setup.ts'
import { newSigningKeys } from '../../src/resolver/index.ts'
import { type Given, invocationOf, TOML } from '../cli/invocation.ts'
import { folder, type Tap } from '../folder.ts'
import type { Image } from '../setup/image.ts'

/** Every file that set-up may write, or read. */
export const FILES = ['/etc/nsswitch.conf', TOML, '/etc/kickback/signing.pub', '/var/lib/kickback/setup.json'] as const

/** The machine before: with an nsswitch.conf and settings of its own. */
export const BEFORE: Readonly<Record<string, string>> = {
  '/etc/nsswitch.conf': `# Ours.
passwd:         files systemd
group:          files systemd
shadow:         files
gshadow:        files

hosts:          files mymachines mdns4_minimal [NOTFOUND=return] dns # as installed
networks:       files
ethers:         db files
netgroup:       nis
`,
  [TOML]: '# ours\nlog_level = "warn"\n',
}

/** Makes the machine a node of a master at an address of nobody. */
export async function becomeNode(t: Tap, machine: Image): Promise<void> {
  const key = join(folder(t), 'key')
  writeFileSync(key, newSigningKeys().publicKey)
  await setUpWith(machine, 'node', { master: ['127.0.0.1:3045'], key: [key] })
}

/** Undoes what a set-up did. */
export function undo(machine: Image): Promise<void> {
  return setUpWith(machine, 'off', {})
}

/** Runs it with these options. Throws with what it said where it fails. */
async function setUpWith(machine: Image, action: string, given: Given): Promise<void> {
  const { invocation, said } = invocationOf(action, given, machine.text(TOML))
  const nobody = { canAsk: false, ask: nothing, firstLine: nothing }
  const code = await setUp(invocation, machine, nobody)
  if (code !== 0) throw new Error(`setup ${action} ended with ${code}: ${said().out}${said().err}`)
}

const nothing = async (): Promise<never> => {
  throw new Error('nobody is there to be asked')
}
