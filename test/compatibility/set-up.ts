/** `kickback setup` on a machine below a folder, as the command line would run it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Invocation } from '../../src/cli/command.ts'
import { setUp } from '../../src/cli/commands/setup/setup.ts'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'
import type { SettingName } from '../../src/cli/settings/table.ts'
import { newSigningKeys } from '../../src/resolver/index.ts'
import { folder, type Tap } from '../folder.ts'
import { type Image, image } from '../setup/image.ts'

const TOML = '/etc/kickback/kickback.toml'

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
export function undo(machine: Image): Promise<string> {
  return setUpWith(machine, 'off', {})
}

/** A machine with these files. */
export const machineWith = (t: Tap, files: Readonly<Record<string, string>>): Image => image(t, files)

/** Runs it with these options; what it said. Throws where it fails. */
async function setUpWith(
  machine: Image,
  action: string,
  given: Partial<Record<SettingName, readonly string[]>>,
): Promise<string> {
  const out: string[] = []
  const said = new Map(Object.entries(given) as [SettingName, readonly string[]][])
  const file = parseSettingsFile(TOML, machine.text(TOML) ?? '')
  const invocation: Invocation = {
    settings: resolveSettings([said, file.values, new Map([['stateDir', ['/var/lib/kickback']]])]),
    args: [action],
    diagnostics: [],
    locations: new Map([...file.locations].filter(([name]) => !said.has(name))),
    version: 'test',
    terminal: { print: (text) => out.push(text.toString()), complain: (text) => out.push(text) },
  }
  const nobody = { canAsk: false, ask: nothing, firstLine: nothing }
  const code = await setUp(invocation, machine, nobody)
  if (code !== 0) throw new Error(`setup ${action} ended with ${code}: ${out.join('')}`)
  return out.join('')
}

const nothing = async (): Promise<never> => {
  throw new Error('nobody is there to be asked')
}
