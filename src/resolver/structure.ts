/**
 * Fixed structures of bytes, described once as data. The offsets that TypeScript reads at, the C header and the tables of
 * docs/snapshot.md all come from these descriptions.
 */

/** The type of one field: a little-endian number of that many bits, or a run of raw bytes. */
export type FieldType = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | { readonly bytes: number }

/** One field as it is written in a table: its name, its type, and one sentence about it. */
type FieldRow<Name extends string> = readonly [name: Name, type: FieldType, doc: string]

/** One field with its offset, in bytes from the structure's start. */
export interface Field {
  readonly name: string
  readonly type: FieldType
  readonly offset: number
  readonly doc: string
}

/** A laid-out structure. `at` gives each field's offset by name, `types` its type; `size` is the fixed part's length in bytes. */
export interface Structure<Name extends string = string> {
  readonly name: string
  readonly doc: string
  readonly fields: readonly Field[]
  readonly at: { readonly [K in Name]: number }
  readonly types: { readonly [K in Name]: FieldType }
  readonly size: number
  /** What follows the fixed part, in words; empty if nothing does. */
  readonly tail: string
}

/** How many bytes a field of this type takes. */
function fieldSize(type: FieldType): number {
  if (typeof type === 'object') return type.bytes
  return { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8 }[type]
}

/** Which multiple of bytes a field of this type starts at: its own size, and 1 for raw bytes, as in C. */
function alignment(type: FieldType): number {
  return typeof type === 'object' ? 1 : fieldSize(type)
}

/**
 * Lays fields out one after the other. There is no hidden padding: a field that would need some is a mistake in the table
 * and throws, so that a C compiler, which would pad, can never disagree.
 */
export function structure<const Name extends string>(
  name: string,
  doc: string,
  rows: readonly FieldRow<Name>[],
  tail = '',
): Structure<Name> {
  const at: Record<string, number> = {}
  const types: Record<string, FieldType> = {}
  const fields: Field[] = []
  let offset = 0
  for (const [fieldName, type, fieldDoc] of rows) {
    if (offset % alignment(type) !== 0) throw new Error(`${name}.${fieldName} would need padding at ${offset}`)
    at[fieldName] = offset
    types[fieldName] = type
    fields.push({ name: fieldName, type, offset, doc: fieldDoc })
    offset += fieldSize(type)
  }
  const byName = { at: at as { [K in Name]: number }, types: types as { [K in Name]: FieldType } }
  return { name, doc, fields, ...byName, size: offset, tail }
}
