/** Times, loads and memory in a few characters, as the table of nodes has them. */
import type { MachineReport } from '../../../kickback/index.ts'

/** How long ago a time was, in its largest unit: `12s`, `5m`, `3h`, `2d`; `-` for none. */
export function agoText(then: number | undefined, now: number): string {
  if (then === undefined) return '-'
  const seconds = Math.max(0, now - then)
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
  ] as const
  const [size, unit] = units.find(([size]) => seconds >= size) ?? ([1, 's'] as const)
  return `${Math.floor(seconds / size)}${unit}`
}

/** The load average over one minute; `-` if it is not known. */
export function loadText(machine: MachineReport | undefined): string {
  return machine === undefined ? '-' : (machine.load / 100).toFixed(2)
}

/** Memory in use and memory in all, such as `12G/64G`; `-` if it is not known. */
export function memoryText(machine: MachineReport | undefined): string {
  if (machine === undefined) return '-'
  const { memory, available } = machine
  return `${sizeText(Math.max(0, memory - available))}/${sizeText(memory)}`
}

/** Kibibytes in the largest unit of which there is one at least, with two digits or more. */
function sizeText(kibibytes: number): string {
  const units = ['K', 'M', 'G', 'T', 'P']
  let [size, unit] = [kibibytes, 0]
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1]
  return `${size < 9.95 && unit > 0 ? size.toFixed(1) : Math.round(size)}${units[unit]}`
}
