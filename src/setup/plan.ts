/** What sets a machine up as a master or a node, and what undoes it: steps in an order in which a failure leaves nothing half done. */
import { join } from 'node:path'
import { isLoginsFile, LOGINS_FILE, OPEN_LOGINS } from '../resolver/index.ts'
import type { Machine } from './machine.ts'
import type { Role } from './nsswitch/databases.ts'
import { applyEdit, changedFiles, editOf, NSSWITCH_FILE } from './nsswitch/file.ts'
import { ownFile } from './own-files.ts'
import { SetupRecord } from './record.ts'
import type { Step } from './steps.ts'
import { hasSystemctl, hasUnit, startSteps, stopSteps, UNITS } from './units.ts'
import { putFile } from './whole-file.ts'

/** The package of a distribution that has the unit of each role. */
const PACKAGES: { readonly [R in Role]: string } = { master: 'kickback', node: 'beonss-kickbackclient' }

/** Made, with the name of a unit behind it, before the package with the unit is removed: it is there still, and not for long. */
const REMOVAL_FILE = '/run/.kickback-removal.'

/** A file that the set-up writes. */
export interface WantedFile {
  readonly path: string
  readonly content: Uint8Array
  /** What is in it, in words. */
  readonly what: string
}

/** What a machine is to become. */
interface SetupOptions {
  readonly machine: Machine
  readonly role: Role
  /** Where the record of the set-up is kept. */
  readonly stateDir: string
  readonly files: readonly WantedFile[]
}

/** What is undone, and how. */
interface UndoOptions {
  readonly machine: Machine
  readonly stateDir: string
  /** Takes what was set for a role out of a file that somebody has changed since; undefined where nothing of it can be told apart. */
  readonly without: (path: string, content: Buffer, role: Role) => Buffer | undefined
}

/** A machine that can't be set up as it is; the message says why, and what to do. Nothing was changed. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/**
 * The steps to a master or a node: files, unit, and nsswitch.conf last, so that nothing is asked of a daemon that does not run. Throws
 * SetupError and NsswitchError before anything is changed.
 */
export function setupSteps({ machine, role, stateDir, files }: SetupOptions): readonly Step[] {
  const record = new SetupRecord(machine, stateDir)
  if (record.role !== undefined && record.role !== role) {
    throw new SetupError(`this machine is set up as a ${record.role}: run kickback setup off first`)
  }
  const unit = UNITS[role]
  const removal = `${REMOVAL_FILE}${unit}`
  if (machine.has(removal)) {
    throw new SetupError(
      `the package ${PACKAGES[role]} is being removed: install it, and then run this again; if it is not, remove ${removal}`,
    )
  }
  const hasSystemd = machine.isBooted || (hasUnit(machine, unit) && hasSystemctl(machine))
  if (machine.isBooted && !hasUnit(machine, unit)) {
    const file = ownFile(`packaging/${unit}`)
    const how = file === undefined ? `install the package ${PACKAGES[role]}` : `cp ${file} /etc/systemd/system/`
    throw new SetupError(`systemd has no unit ${unit}: ${how}, and then run this again`)
  }
  // Asked here too, so that a module that is missing is told before a file is written.
  editOf(machine, NSSWITCH_FILE, role)
  let isStale = false
  const changed = (): void => {
    isStale = true
  }
  return [
    ...files.map((file) => fileStep(machine, record, role, file, changed)),
    recordStep(record, role),
    ...(hasSystemd ? startSteps(machine, unit, () => isStale) : []),
    nsswitchStep(machine, role),
  ]
}

/** The steps back: nsswitch.conf first, then the unit, then the files. What was not set up has none. Throws RecordError, NsswitchError. */
export function undoSteps({ machine, stateDir, without }: UndoOptions): readonly Step[] {
  const record = new SetupRecord(machine, stateDir)
  const { role } = record
  const steps = [nsswitchStep(machine, undefined)]
  const logins = openLoginsStep(machine, stateDir)
  if (role === undefined) return [...steps, logins]
  const unit = UNITS[role]
  const files = record.files.map((path) =>
    restoreStep(machine, record, path, (content) => without(path, content, role)),
  )
  const forget = {
    verb: ['remove', 'removed'],
    what: record.path,
    isDone: () => false,
    run: () => record.end(),
  } as const
  const stop = hasUnit(machine, unit) ? stopSteps(machine, unit) : []
  return [...steps, ...stop, logins, ...files.reverse(), forget]
}

function fileStep(machine: Machine, record: SetupRecord, role: Role, file: WantedFile, changed: () => void): Step {
  const { path, content, what } = file
  return {
    verb: ['write', 'wrote'],
    what: `${path}: ${what}`,
    isDone: () => machine.read(path)?.equals(content) ?? false,
    run: () => {
      changed()
      if (record.role === undefined) record.begin(role)
      record.replace(path, content)
    },
  }
}

/** Where no file had to be written, the record still says what the machine is. */
function recordStep(record: SetupRecord, role: Role): Step {
  return {
    verb: ['note', 'noted'],
    what: `in ${record.path} that this machine is a ${role}`,
    isDone: () => record.role === role,
    run: () => record.begin(role),
  }
}

/**
 * Gives a file back what it had before; where somebody changed it since, `without` takes out what is ours. It can be done again after a
 * crash: a file that is as it shall be is left.
 */
function restoreStep(
  machine: Machine,
  record: SetupRecord,
  path: string,
  without: (content: Buffer) => Buffer | undefined,
): Step {
  const wanted = (now: Buffer): Buffer | undefined =>
    record.isOurs(path) ? record.before(path) : (without(now) ?? now)
  return {
    verb: ['undo', 'undid'],
    what: `the changes of ${path}`,
    isDone: () => {
      const now = machine.read(path)
      return now === undefined || (wanted(now)?.equals(now) ?? false)
    },
    run: () => {
      const now = machine.read(path)
      if (now !== undefined) putFile(machine, path, wanted(now))
    },
  }
}

/** A machine that follows no master has no rules of one. The file stays: pam_access refuses everybody if it is not there. */
function openLoginsStep(machine: Machine, stateDir: string): Step {
  const path = join(stateDir, LOGINS_FILE)
  const open = Buffer.from(OPEN_LOGINS)
  return {
    verb: ['open', 'opened'],
    what: `${path}: everybody may log in`,
    isDone: () => {
      const now = machine.read(path)
      return now === undefined || !isLoginsFile(now) || now.equals(open)
    },
    run: () => putFile(machine, path, open),
  }
}

/** The step that puts the source into nsswitch.conf for a role, or takes it out (undefined). */
function nsswitchStep(machine: Machine, role: Role | undefined): Step {
  const edit = () => editOf(machine, NSSWITCH_FILE, role)
  const { databases } = edit()
  return {
    verb: ['change', 'changed'],
    what: `${NSSWITCH_FILE}: ${role === undefined ? 'no database asks kickback any more' : `kickback answers ${databases.join(', ')}`}`,
    isDone: () => changedFiles(edit()).length === 0,
    run: () => applyEdit(machine, edit()),
  }
}
