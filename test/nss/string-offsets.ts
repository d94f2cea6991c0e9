/** Where the offsets of strings stand in a record: those that the layout's tables describe, and those after the fixed part. */
import { DATABASES, type DatabaseName, layout } from '../../src/resolver/index.ts'

/** One offset of a string: where it stands in the record, and how many bytes it has. */
export interface StringOffset {
  readonly what: string
  readonly at: number
  readonly width: 2 | 4
}

/** The offsets of a record's strings; a wildcard of a netgroup is none. */
export function stringOffsets(database: DatabaseName, record: Uint8Array): StringOffset[] {
  const { fields, size } = DATABASES[database].structure
  const fixed = fields.filter(({ doc }) => doc.startsWith('where '))
  const start = size + (database === 'hosts' ? numberOf(database, record, 'address_count') * layout.ADDRESS.size : 0)
  const tail = Array.from({ length: tailCount(database, record) }, (_, i) => start + 4 * i)
  const bytes = Buffer.from(record)
  return [
    ...fixed.map(({ name, type, offset }) => ({ what: name, at: offset, width: type === 'u16' ? 2 : 4 }) as const),
    ...tail
      .filter((at) => bytes.readUInt32LE(at) !== layout.WILDCARD)
      .map((at, i) => ({ what: `offset ${i} after the fixed part`, at, width: 4 }) as const),
  ]
}

function tailCount(database: DatabaseName, record: Uint8Array): number {
  if (database === 'group') return numberOf(database, record, 'member_count')
  if (database === 'hosts' || database === 'networks') return numberOf(database, record, 'name_count')
  return database === 'netgroup' ? 3 * numberOf(database, record, 'triple_count') : 0
}

/** A number of a record's fixed part. */
export function numberOf(database: DatabaseName, record: Uint8Array, name: string): number {
  const field = DATABASES[database].structure.fields.find((one) => one.name === name)
  if (field === undefined) throw new Error(`${database} has no ${name}`)
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
  return field.type === 'u16' ? bytes.readUInt16LE(field.offset) : bytes.readUInt32LE(field.offset)
}
