/** Numbers of things in words. */

/** A number and its noun, which is plural unless there is one: `1 user`, `2 users`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
