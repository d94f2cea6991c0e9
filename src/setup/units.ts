/** The unit of a daemon: whether systemd has it, and the steps that enable and start it, or disable and stop it. */
import type { Machine } from './machine.ts'
import type { Role } from './nsswitch/databases.ts'
import type { Step } from './steps.ts'

/** The unit of each role. */
export const UNITS: { readonly [R in Role]: string } = {
  master: 'kickback.service',
  node: 'beonss-kickbackclient.service',
}

/** Where systemd looks for units (systemd.unit(5)), those of packages last. */
const UNIT_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
] as const

/** Whether systemd can find the unit. */
export function hasUnit(machine: Machine, unit: string): boolean {
  return UNIT_FOLDERS.some((folder) => machine.has(`${folder}/${unit}`))
}

/** Whether units can be enabled: a container may have those of a package, and no systemd. */
export function hasSystemctl(machine: Machine): boolean {
  return systemctl(machine, ['--version']).code === 0
}

/** The command that each unit runs. */
const RUNS: { readonly [R in Role]: string } = { master: 'kickback serve', node: 'kickback proxy' }

/** What is left to be started after a set-up, in a sentence: where systemd does not run, no step starts the daemon. Undefined where it does. */
export function leftToStart(machine: Machine, role: Role): string | undefined {
  if (machine.isBooted) return undefined
  const unit = UNITS[role]
  const next =
    hasUnit(machine, unit) && hasSystemctl(machine)
      ? `${unit} starts when this system boots`
      : `start ${RUNS[role]}, now and at each boot`
  return `nothing was started, because systemd does not run here: ${next}`
}

/**
 * Enables the unit, and starts it where systemd runs; a unit that runs is started again if `isStale` says that it reads something that
 * was changed.
 */
export function startSteps(machine: Machine, unit: string, isStale: () => boolean): readonly Step[] {
  const enable = step(machine, ['enable', 'enabled'], unit, ['enable', unit], () => isEnabled(machine, unit))
  if (!machine.isBooted) return [enable]
  const isDone = (): boolean => isActive(machine, unit) && !isStale()
  return [enable, step(machine, ['start', 'started'], unit, ['restart', unit], isDone)]
}

/** Stops the unit where systemd runs, and disables it. */
export function stopSteps(machine: Machine, unit: string): readonly Step[] {
  const disable = step(machine, ['disable', 'disabled'], unit, ['disable', unit], () => !isEnabled(machine, unit))
  if (!machine.isBooted) return [disable]
  return [step(machine, ['stop', 'stopped'], unit, ['stop', unit], () => !isActive(machine, unit)), disable]
}

function step(
  machine: Machine,
  verb: Step['verb'],
  unit: string,
  words: readonly string[],
  isDone: () => boolean,
): Step {
  const run = (): void => {
    const { code, stderr } = systemctl(machine, words)
    if (code === 0) return
    const where = machine.isBooted && verb[0] === 'start' ? `; journalctl -u ${unit} says more` : ''
    throw new Error(`systemctl ${words.join(' ')} failed: ${stderr.trim().replaceAll('\n', ' ')}${where}`)
  }
  return { verb, what: unit, isDone, run }
}

function isEnabled(machine: Machine, unit: string): boolean {
  return systemctl(machine, ['is-enabled', unit]).code === 0
}

function isActive(machine: Machine, unit: string): boolean {
  return systemctl(machine, ['is-active', '--quiet', unit]).code === 0
}

function systemctl(machine: Machine, words: readonly string[]): ReturnType<Machine['run']> {
  return machine.run('systemctl', machine.isThis ? words : [`--root=${machine.root}`, ...words])
}
