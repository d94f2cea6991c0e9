/** A command as the command line calls it, for a machine below a folder; and what it says. */
import type { Invocation } from '../../src/cli/command.ts'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'
import type { SettingName } from '../../src/cli/settings/table.ts'

/** The path of the settings on such a machine. */
export const TOML = '/etc/kickback/kickback.toml'

/** Options of the command line. */
export type Given = Partial<Record<SettingName, readonly string[]>>

/** A call with these options on a machine with this text in its settings, and what it has said so far. */
export function invocationOf(action: string, given: Given = {}, toml = '') {
  const [out, err]: [string[], string[]] = [[], []]
  const file = parseSettingsFile(TOML, toml)
  const options = new Map(Object.entries(given) as [SettingName, readonly string[]][])
  const invocation: Invocation = {
    settings: resolveSettings([options, file.values, new Map([['stateDir', ['/var/lib/kickback']]])]),
    args: [action],
    diagnostics: [],
    locations: new Map([...file.locations].filter(([name]) => ![...options.keys()].some((option) => option === name))),
    version: 'test',
    terminal: { print: (text) => out.push(text.toString()), complain: (text) => err.push(text) },
  }
  return { invocation, said: () => ({ out: out.join(''), err: err.join('') }) }
}
