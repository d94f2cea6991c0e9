/** Numbers of things, and lengths of time, in words. */

/** A number and its noun, which is plural unless there is one: `1 user`, `2 users`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Seconds in the largest unit that is full: `3 minutes`. */
export function durationText(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const
  const [size, unit] = units.find(([size]) => seconds >= size) ?? ([1, 'second'] as const)
  return counted(Math.floor(seconds / size), unit)
}
