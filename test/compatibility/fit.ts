/** Whether a message of today has all that a recorded one had: what is more in it, an older reader ignores. */

/** Fields whose value may be another: words for people, the name of the program, and the number of a trust list, which is its time. */
const FREE: ReadonlySet<string> = new Set(['message', 'software', 'trust'])
/** Maps by name in which a name is only there once something happened. */
const COUNTED: ReadonlySet<string> = new Set(['operations', 'failures'])

/** A message, or a part of one. */
type Map = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** What does not fit, in words. `isExact`: values are the same too; else their types are. */
export function misfits(recorded: unknown, got: unknown, isExact: boolean, where = ''): readonly string[] {
  if (Array.isArray(recorded)) return listMisfits(recorded, got, isExact, where)
  if (isMap(recorded)) return mapMisfits(recorded, got, isExact, where)
  if (recorded instanceof Uint8Array) {
    const fits = got instanceof Uint8Array && (!isExact || Buffer.compare(recorded, got) === 0)
    return fits ? [] : [`${where}: other bytes`]
  }
  const fits = isExact ? recorded === got : typeof recorded === typeof got
  return fits ? [] : [`${where}: ${String(got)} in place of ${String(recorded)}`]
}

function mapMisfits(recorded: Map, got: unknown, isExact: boolean, where: string): readonly string[] {
  if (!isMap(got)) return [`${where}: no map`]
  return Object.entries(recorded).flatMap(([name, value]) => {
    if (Object.hasOwn(got, name)) return misfits(value, got[name], isExact && !FREE.has(name), `${where}.${name}`)
    return COUNTED.has(where.split('.').at(-1) ?? '') ? [] : [`${where}.${name}: missing`]
  })
}

/** Where values count a list has the same items. Elsewhere each of its items has what all recorded ones had. */
function listMisfits(recorded: readonly unknown[], got: unknown, isExact: boolean, where: string): readonly string[] {
  if (!Array.isArray(got)) return [`${where}: no list`]
  if (!isExact) return got.flatMap((item, i) => misfits(common(recorded) ?? item, item, false, `${where}[${i}]`))
  if (got.length !== recorded.length) return [`${where}: ${got.length} in place of ${recorded.length}`]
  return recorded.flatMap((item, i) => misfits(item, got[i], true, `${where}[${i}]`))
}

/** The first of these items, without fields that others lack; undefined if there is none. */
function common([first, ...others]: readonly unknown[]): unknown {
  if (!isMap(first)) return first
  return Object.fromEntries(
    Object.entries(first).filter(([name]) => others.every((other) => isMap(other) && Object.hasOwn(other, name))),
  )
}
