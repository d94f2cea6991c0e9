/** The samples of a metric, as they are read from a reading. */
import type { DurationCounts } from '../../values/index.ts'
import type { Reading } from './reading.ts'

/** One value, with its labels. */
export type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>]

/** What all metrics have: a name, what it tells, and the labels that it has. */
type Head = readonly [name: string, help: string, labels: readonly string[]]
/** One metric, and how its values are read. The name of a counter ends in `_total`, and its values only grow. */
export type MetricRow =
  | readonly [type: 'gauge' | 'counter', ...Head, read: (reading: Reading) => readonly Sample[]]
  | readonly [type: 'histogram', ...Head, read: (reading: Reading) => DurationCounts | null | undefined]

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
