/** `kickback nsswitch`: puts kickback into nsswitch.conf, takes it out again, or shows where it is. */
import { filesIn, readSnapshot } from '../../kickback/index.ts'
import {
  ALL_DATABASES,
  applyEdit,
  databasesOn,
  editOf,
  Machine,
  NsswitchError,
  nsswitchText,
  nsswitchWarnings,
  RecordError,
  type Role,
  SetupRecord,
  shadowedEntries,
} from '../../setup/index.ts'
import { messageOf } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { EXIT } from '../synopsis.ts'

/** `kickback nsswitch on|off|show`. */
export const run: RunCommand = (invocation) => nsswitch(invocation, new Machine(invocation.settings.root ?? ''))

/** The same on any machine. */
export async function nsswitch(invocation: Invocation, machine: Machine): Promise<number> {
  const { args, terminal } = invocation
  try {
    if (args[0] === 'show') await show(invocation, machine)
    else await change(invocation, machine, args[0] === 'on')
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof NsswitchError || error instanceof RecordError)) throw error
    terminal.complain(`kickback: ${error.message}\n`)
    return EXIT.FAILED
  }
}

async function change({ settings, terminal }: Invocation, machine: Machine, isOn: boolean): Promise<void> {
  const { nsswitchFile: file, plan: dryRun } = settings
  const edit = editOf(machine, file, isOn ? roleOf(settings, machine) : undefined)
  const databases = edit.databases.join(', ')
  const state = isOn ? `kickback answers ${databases}` : 'no database asks kickback any more'
  if (edit.files.length === 0) {
    terminal.print(`${file} stays as it is: ${isOn ? state : 'no database asks kickback'}\n`)
  } else if (dryRun) {
    terminal.print(`would change ${edit.files.map(({ path }) => path).join(' and ')}: ${state}\n`)
  } else {
    applyEdit(machine, edit)
    terminal.print(`changed ${edit.files.map(({ path }) => path).join(' and ')}: ${state}\n`)
  }
  if (isOn) await warn(settings, terminal, machine)
}

/** What the machine is: as the command line says it, else as it was set up, else a node. */
function roleOf({ asMaster, stateDir }: Invocation['settings'], machine: Machine): Role {
  return asMaster ? 'master' : (new SetupRecord(machine, stateDir).role ?? 'node')
}

async function show({ settings, terminal }: Invocation, machine: Machine): Promise<void> {
  const text = nsswitchText(machine, settings.nsswitchFile)
  const databases = databasesOn(text)
  const warnings = await warningsOf(settings, machine)
  if (settings.json) {
    terminal.print(`${JSON.stringify({ file: settings.nsswitchFile, databases, warnings }, null, 2)}\n`)
    return
  }
  const lines = text.split('\n').filter((line) => ALL_DATABASES.includes(line.split(':')[0]?.trim() ?? ''))
  const state = databases.length === 0 ? 'no database asks kickback' : `kickback answers ${databases.join(', ')}`
  terminal.print(`${settings.nsswitchFile}: ${state}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  for (const warning of warnings) terminal.complain(`kickback: warning: ${warning}\n`)
}

async function warn(
  settings: Invocation['settings'],
  terminal: Invocation['terminal'],
  machine: Machine,
): Promise<void> {
  for (const warning of await warningsOf(settings, machine)) terminal.complain(`kickback: warning: ${warning}\n`)
}

/** What keeps the file from doing what it says, and what this machine's own files hide of the cluster. */
export async function warningsOf(settings: Invocation['settings'], machine: Machine): Promise<readonly string[]> {
  const text = nsswitchText(machine, settings.nsswitchFile)
  const found = nsswitchWarnings(machine, text)
  if (!machine.isThis || !databasesOn(text).includes('passwd')) return found
  for (const folder of [settings.runDir, settings.stateDir]) {
    const { snapshot } = await readSnapshot(filesIn(folder).snapshot)
    if (snapshot !== undefined) return [...found, ...hidden(machine, snapshot)]
  }
  return found
}

/** A file that can't be read hides nothing that we could tell. */
function hidden(machine: Machine, snapshot: Parameters<typeof shadowedEntries>[1]): readonly string[] {
  try {
    return shadowedEntries(machine, snapshot)
  } catch (error) {
    return [`it is not known what this machine's files hide of the cluster: ${messageOf(error)}`]
  }
}
