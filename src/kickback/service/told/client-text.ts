/** Text that a client tells of itself, as it is kept. */

/** At most `max` printable ASCII characters of it, in memory of their own and not a part of the client's. */
export function clientText(text: string, max: number): string {
  return Buffer.from(text.slice(0, max).replaceAll(/[^ -~]/g, '?'), 'latin1').toString('latin1')
}
