/** Whether a figure that was read again and again grows: a straight line through the readings, by least squares. */

/** A figure at a time, in seconds. */
export interface Reading {
  readonly seconds: number
  readonly value: number
}

/** The line: its slope a second, and how much it is off by chance (the standard error); and the mean of the readings. */
export interface Line {
  readonly slope: number
  readonly error: number
  readonly mean: number
  /** How much the line rises from the first reading to the last. */
  readonly rise: number
}

/** The line through three readings or more. */
export function lineThrough(readings: readonly Reading[]): Line {
  const count = readings.length
  if (count < 3) throw new Error(`${count} readings make no line`)
  const mean = readings.reduce((sum, { value }) => sum + value, 0) / count
  const middle = readings.reduce((sum, { seconds }) => sum + seconds, 0) / count
  const spread = readings.reduce((sum, { seconds }) => sum + (seconds - middle) ** 2, 0)
  const slope = readings.reduce((sum, { seconds, value }) => sum + (seconds - middle) * (value - mean), 0) / spread
  const residue = readings.reduce((sum, one) => sum + (one.value - mean - slope * (one.seconds - middle)) ** 2, 0)
  const times = readings.map(({ seconds }) => seconds)
  const rise = slope * (Math.max(...times) - Math.min(...times))
  return { slope, error: Math.sqrt(residue / (count - 2) / spread), mean, rise }
}

/** What a figure may rise by over a run: this part of its mean. It is what the hostile run allows memory. */
const RISE = 0.1

/** Whether a figure is flat: the line rises by less than a tenth of the mean, or by less than it is off by chance (three times its error). */
export function isFlat({ slope, error, mean, rise }: Line): boolean {
  return rise < mean * RISE || slope < 3 * error
}
