// A cluster, or a part of one, in a form that compares.

/** The same value without the places where spans start and end: their lines stay. */
export function ofLines(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(ofLines)
  if (Array.isArray(value)) return value.map(ofLines)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const fields = Object.entries(value)
  if ('line' in value && 'start' in value) return { line: value.line }
  return Object.fromEntries(fields.map(([name, field]) => [name, ofLines(field)]))
}
