/** How the fields of messages are told: their names, their types in msgpack and in TypeScript, and what they mean. */

/** The types of fields: what each is in msgpack, and what TypeScript sees. Integers stay within 2^53. */
interface FieldTypes {
  uint: number
  int: number
  str: string
  bin: Uint8Array
  bool: boolean
  /** A name: str, or bin where its bytes are not UTF-8. */
  name: string | Uint8Array
  /** A name (str), a number (uint), or bytes (bin). */
  key: string | number | Uint8Array
  cursor: Cursor
  map: { readonly [name: string]: unknown }
  'uint[]': readonly number[]
  'bin[]': readonly Uint8Array[]
  'map[]': readonly { readonly [name: string]: unknown }[]
}
/** The name of a field's type. */
export type FieldType = keyof FieldTypes

/** Where an enumeration continues: a map of two fields, see CURSOR_FIELDS. */
export interface Cursor {
  readonly generation: number
  readonly position: number
}

/** One field of a message. An optional field may be absent; null is not absent. */
export interface MessageField {
  readonly name: string
  readonly type: FieldType
  readonly optional: boolean
  readonly doc: string
}

/** A field that is always there. */
export const field = <const N extends string, const T extends FieldType>(name: N, type: T, doc: string) =>
  ({ name, type, optional: false, doc }) as const
/** A field that may be absent. */
export const optional = <const N extends string, const T extends FieldType>(name: N, type: T, doc: string) =>
  ({ name, type, optional: true, doc }) as const

/** Where a listing goes on that was begun. */
export const CURSOR = optional(
  'cursor',
  'cursor',
  'the `cursor` of the reply before: {generation, position}; absent at first',
)

/** What a table of fields is in TypeScript. */
export type FieldsOf<T extends readonly MessageField[]> = {
  readonly [F in T[number] as F['optional'] extends false ? F['name'] : never]: FieldTypes[F['type']]
} & {
  readonly [F in T[number] as F['optional'] extends true ? F['name'] : never]?: FieldTypes[F['type']]
}
