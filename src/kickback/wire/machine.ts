/** What a node tells of its machine, for people to see: nothing is decided by it. */

import { checkShape, type ShapesOf } from './report-shape.ts'

/** How a machine is. */
export interface MachineReport {
  readonly uptime: number
  readonly load: number
  readonly cpus: number
  readonly memory: number
  readonly available: number
  readonly kernel: string
  readonly boot: string
}

/** The fields of `machine` of ALIVE, and of a node. */
export const MACHINE_REPORT: Readonly<Record<keyof MachineReport, string>> = {
  uptime: 'seconds since it was booted',
  load: 'its load average over one minute, in hundredths',
  cpus: 'how many processors it has',
  memory: 'its memory, in KiB',
  available: 'how much of that new programs can have, in KiB',
  kernel: 'the release of its kernel, of which TEXT_MAX printable bytes are taken',
  boot: 'which boot it is, as its kernel tells it: another boot has another text. TEXT_MAX printable bytes are taken',
}

/** The shape of `machine`. */
export const MACHINE: ShapesOf<MachineReport> = {
  uptime: 'uint',
  load: 'uint',
  cpus: 'uint',
  memory: 'uint',
  available: 'uint',
  kernel: 'str',
  boot: 'str',
}

/** What a node tells of its machine, as it arrived. Throws MessageError naming the first field that is wrong. */
export function machineReport(value: unknown): MachineReport {
  checkShape(value, { fields: MACHINE }, 'machine')
  return value as MachineReport
}
