/** What is on the disk of a machine: for tests that something has left nothing behind. */
import type { Machine } from './machine.ts'

/** Paths, and what is in the files of /etc. */
const LIST = `
find / /run -xdev \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -printf '%p\\n'
find /etc -type f ! -name ld.so.cache -exec sha256sum {} +
find /etc -type l -printf '%p -> %l\\n'
`

/** What may change whatever is done, each with its reason. */
const ORDINARY: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^\/var\/log\//, 'logs say what was done'],
  [/^\/var\/lib\/dpkg\//, "dpkg's own records, of which those of our packages are looked at below"],
  [/^\/var\/(lib|cache)\/apt\//, "apt's own records"],
  [/^\/var\/cache\/(debconf|ldconfig)\//, 'caches of debconf and ldconfig'],
  [/^\/var\/lib\/systemd\//, 'the clocks of timers, the random seed'],
  [/^\/run\//, 'what runs now'],
  [/^\/(home|root|tmp|var\/tmp|var\/mail|var\/spool\/cron)(\/|$)/, 'what users and this test have put there'],
]

/** Everything that is on a machine, a line each, in order. */
export async function inventory(machine: Machine): Promise<readonly string[]> {
  return (await machine.must(LIST)).trim().split('\n').sort()
}

/** Whether a line of an inventory may come or go whatever is done; what has a name of ours may not. */
function isOrdinary(line: string): boolean {
  return !/kickback|beonss/.test(line) && ORDINARY.some(([pattern]) => pattern.test(line))
}

/** What came and what went between two inventories, but for what is ordinary: `+LINE` and `-LINE`. */
export function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const [old, now] = [new Set(before), new Set(after)]
  const came = after.filter((line) => !old.has(line)).map((line) => ({ line, sign: '+' }))
  const went = before.filter((line) => !now.has(line)).map((line) => ({ line, sign: '-' }))
  return [...came, ...went].filter(({ line }) => !isOrdinary(line)).map(({ line, sign }) => `${sign}${line}`)
}
