/** The samples of a metric, as they are read from a reading. */
import type { Reading } from './reading.ts'

/** One value, with its labels. */
export type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>]

/** One metric: its type, its name without the prefix, what it tells, the labels that it has, and how its values are read. */
export type MetricRow = readonly [
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  labels: readonly string[],
  read: (reading: Reading) => readonly Sample[],
]

/** A single value, if there is one. */
export function one(value: number | null | undefined): readonly Sample[] {
  return value === undefined || value === null ? [] : [[value]]
}

/** A value for each name, under this label. */
export function labelled(
  label: string,
  values: Readonly<Record<string, number | undefined>> | undefined,
): readonly Sample[] {
  return Object.entries(values ?? {}).map(([name, value = 0]) => [value, { [label]: name }])
}

/** 1 where something is so, else 0, of a daemon that could be so. */
export function flag({ report }: Reading, isSo: boolean): readonly Sample[] {
  return report.role === undefined ? [] : [[isSo ? 1 : 0]]
}
