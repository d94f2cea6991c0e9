/** `kickback nsswitch`: puts kickback into nsswitch.conf, takes it out again, or shows where it is. */
import { filesIn, readSnapshot } from '../../../kickback/index.ts'
import {
  ALL_DATABASES,
  applyEdit,
  changedFiles,
  databasesOn,
  editOf,
  LockError,
  Machine,
  NsswitchError,
  nsswitchText,
  nsswitchWarnings,
  RecordError,
  type Role,
  SetupRecord,
  shadowedEntries,
} from '../../../setup/index.ts'
import { messageOf } from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'
import { locked } from './locked.ts'

/** `kickback nsswitch on|off|show`. */
export const run: RunCommand = (invocation) => nsswitch(invocation, new Machine(invocation.settings.root ?? ''))

/** The same on any machine. */
export async function nsswitch(invocation: Invocation, machine: Machine): Promise<number> {
  const { args, settings } = invocation
  try {
    if (args[0] === 'show') await show(invocation, machine)
    else await locked(invocation, machine, () => change(invocation, machine, args[0] === 'on'), settings.nsswitchFile)
    return EXIT.DONE
  } catch (error) {
    if (![NsswitchError, RecordError, LockError].some((kind) => error instanceof kind)) throw error
    invocation.terminal.complain(`kickback: ${messageOf(error)}\n`)
    return EXIT.FAILED
  }
}

async function change({ settings, terminal }: Invocation, machine: Machine, isOn: boolean): Promise<void> {
  const { nsswitchFile: file, plan: dryRun } = settings
  const edit = editOf(machine, file, isOn ? roleOf(settings, machine) : undefined)
  const { databases } = edit
  const changed = changedFiles(edit)
  if (!dryRun) applyEdit(machine, edit)
  const warnings = isOn ? await warningsOf(settings, machine) : []
  if (settings.json) {
    terminal.print(`${JSON.stringify({ file, dry_run: dryRun, changed, databases, warnings }, null, 2)}\n`)
    return
  }
  const state = isOn ? `kickback answers ${databases.join(', ')}` : 'no database asks kickback any more'
  if (changed.length === 0) terminal.print(`${file} stays as it is: ${isOn ? state : 'no database asks kickback'}\n`)
  else terminal.print(`${dryRun ? 'would change' : 'changed'} ${changed.join(' and ')}: ${state}\n`)
  for (const warning of warnings) terminal.complain(`kickback: warning: ${warning}\n`)
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
