/**
 * The C module's headers, made from the tables that TypeScript reads by: layout.h from the snapshot's layout, protocol.h
 * from the protocol.
 */
import { FOLDER_NAMES } from '../src/kickback/files/folders.ts'
import { encodeFrame } from '../src/kickback/wire/message.ts'
import * as protocol from '../src/kickback/wire/protocol.ts'
import { LEAST_FLOOR } from '../src/resolver/accounts/floor.ts'
import { DATABASE_NAMES, DATABASES } from '../src/resolver/databases/table.ts'
import * as layout from '../src/resolver/layout.ts'
import type { Field, Structure } from '../src/resolver/structure.ts'
import type { Made } from './made.ts'

const NOTICE = 'Made by tools/headers.ts: change the table, then run `npm run generate`.'

/** A number as C takes it: hexadecimal where it is a mask or beyond the signed range. */
function literal(value: number): string {
  if (value < 0) return `(${value})`
  return value > 0x7fffffff ? `0x${value.toString(16)}u` : String(value)
}

/** A #define with its value. */
const define = (name: string, value: string): string => `#define KB_${name} ${value}`

/** The #defines of a table of names and numbers, under one prefix. */
function defines(prefix: string, table: Readonly<Record<string, number>>): string[] {
  return Object.entries(table).map(([name, value]) => define(`${prefix}_${name.toUpperCase()}`, literal(value)))
}

/** The type that a field has in C, and what follows its name. */
function declaration(field: Field): string {
  if (typeof field.type === 'object') return `uint8_t ${field.name}[${field.type.bytes}]`
  const type = { u8: 'uint8_t', u16: 'uint16_t', u32: 'uint32_t', i32: 'int32_t', u64: 'uint64_t' }[field.type]
  return `${type} ${field.name}`
}

/** A structure as C declares it, with proofs that the compiler lays it out as the table does. */
function structureLines(structure: Structure): string[] {
  const name = `struct kb_${structure.name}`
  const tail = structure.tail === '' ? [] : [` * Then: ${structure.tail}`]
  return [
    '/**',
    ` * ${structure.doc}`,
    ...tail,
    ' */',
    `${name} {`,
    ...structure.fields.flatMap((field) => [`    /** ${field.doc} */`, `    ${declaration(field)};`]),
    '};',
    `_Static_assert(sizeof(${name}) == ${structure.size}, "${structure.name}");`,
    ...structure.fields.map(
      (field) =>
        `_Static_assert(offsetof(${name}, ${field.name}) == ${field.offset}, "${structure.name}.${field.name}");`,
    ),
    '',
  ]
}

/** The #defines of the sections: KB_SECTION_PASSWD are the records, KB_SECTION_PASSWD_BY_NAME an index. */
function sectionDefines(): string[] {
  const text = { INPUTS: layout.INPUTS, DOMAIN: layout.DOMAIN, PATTERNS: layout.PATTERNS, RANGES: layout.RANGES }
  const named = Object.entries({ ...text, MASTERORDER: layout.MASTERORDER, SETTINGS: layout.SETTINGS }).map(
    ([name, row]) => define(`SECTION_${name}`, literal(row.id)),
  )
  const databases = layout.SECTIONS.flatMap(({ id, database, key }) => {
    if (database === undefined) return []
    const by = key === undefined ? '' : `_BY_${key.toUpperCase()}`
    return [define(`SECTION_${database.toUpperCase()}${by}`, literal(id))]
  })
  const ids = Math.max(...layout.SECTIONS.map((row) => row.id)) + 1
  return [
    ...named,
    ...databases,
    '/** One more than the greatest id of a section. */',
    define('SECTION_IDS', String(ids)),
  ]
}

/** The databases' names by their numbers, as an initialiser of an array of strings. */
function databaseNames(): string {
  const names = DATABASE_NAMES.map((name) => `[KB_DATABASE_${name.toUpperCase()}] = "${name}"`)
  return define('DATABASE_NAMES', `{${names.join(', ')}}`)
}

/** The spellings that only a daemon can resolve, as initialisers of arrays of strings. */
function spellingDefines(): string[] {
  return Object.entries(layout.SPELLINGS).map(([name, spellings]) =>
    define(`SPELLINGS_${name.toUpperCase()}`, `{${spellings.map((spelling) => `"${spelling}"`).join(', ')}}`),
  )
}

/** A header of this name around these lines. */
function header(name: string, doc: string, lines: readonly string[]): string {
  const guard = `KICKBACK_${name.toUpperCase().replace('.', '_')}`
  const start = ['/**', ` * ${doc}`, ` * ${NOTICE}`, ' */', `#ifndef ${guard}`, `#define ${guard}`, '']
  return [...start, ...lines, '', '#endif', ''].join('\n')
}

/** The text of src/nss/layout.h. */
function layoutHeader(): string {
  return header('layout.h', 'The layout of a snapshot, as docs/snapshot.md tells it.', [
    '#include <stddef.h>',
    '#include <stdint.h>',
    '',
    define('MAGIC', `"${layout.MAGIC}"`),
    ...Object.entries(layout.FILES).map(([name, file]) => define(`FILE_${name}`, `"${file}"`)),
    ...defines('LAYOUT', {
      VERSION: layout.LAYOUT,
      ALIGNMENT: layout.ALIGNMENT,
      SECTIONS_MAX: layout.SECTIONS_MAX,
      PLAIN_WIDTH: layout.PLAIN_WIDTH,
    }),
    ...defines('HOST', { NAME_LENGTH_MAX: layout.HOST_NAME_MAX, NO_NODE: layout.NO_NODE }),
    define('WILDCARD', literal(layout.WILDCARD)),
    ...defines('KIND', layout.KINDS),
    ...defines('STATE', layout.STATES),
    ...defines('STATE', { MASK: layout.STATE_MASK, SHADOW_GRANTED: layout.STATE_SHADOW_GRANTED }),
    ...defines('FAMILY', layout.FAMILIES),
    ...defines('HOST_KIND', layout.HOST_KINDS),
    ...defines('HOST_FLAG', layout.HOST_FLAGS),
    ...defines('SECTION', { COMPLETE: layout.SECTION_COMPLETE }),
    ...defines('FLOOR', { LEAST: LEAST_FLOOR }),
    ...defines('DATABASE', Object.fromEntries(DATABASE_NAMES.map((name) => [name, DATABASES[name].number]))),
    databaseNames(),
    ...defines('DATABASE', { NAME_LENGTH_MAX: Math.max(...DATABASE_NAMES.map(({ length }) => length)) }),
    ...sectionDefines(),
    ...spellingDefines(),
    '',
    ...layout.STRUCTURES.flatMap(structureLines),
  ])
}

/** The fields of the messages that the module writes and reads. */
function fieldNames(): string[] {
  const { REQUEST_FIELDS, REPLY_FIELDS, MESSAGES } = protocol
  const all = [REQUEST_FIELDS, REPLY_FIELDS, MESSAGES.LOOKUP.request, MESSAGES.LOOKUP.reply].flat()
  return [...new Set(all.map(({ name }) => name))]
}

const HELLO = encodeFrame({ id: 0, op: protocol.OPERATIONS.HELLO, versions: [protocol.PROTOCOL_VERSION] })

/** The text of src/nss/protocol.h. */
function protocolHeader(): string {
  return header('protocol.h', 'Numbers of the kickback protocol, as docs/protocol.md tells it.', [
    ...defines('PROTOCOL', {
      VERSION: protocol.PROTOCOL_VERSION,
      FRAME_HEAD: protocol.FRAME_HEAD,
      REQUEST_MAX: protocol.REQUEST_MAX,
      REPLY_MAX: protocol.REPLY_MAX,
    }),
    ...defines('OPERATION', protocol.OPERATIONS),
    ...defines('STATUS', protocol.STATUSES),
    ...Object.entries(FOLDER_NAMES).map(([name, text]) => define(`FOLDER_${name}`, `"${text}"`)),
    ...fieldNames().map((name) => define(`FIELD_${name.toUpperCase()}`, `"${name}"`)),
    ...Object.keys(protocol.ERRORS).map((code) => define(`ERROR_${code.toUpperCase()}`, `"${code}"`)),
    '/** The frame of a HELLO with the id 0, as the bytes of an array. */',
    define('HELLO_FRAME', `{${Array.from(HELLO, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')}}`),
  ])
}

/** Both headers. */
export const HEADERS: readonly Made[] = [
  { path: 'src/nss/layout.h', text: layoutHeader },
  { path: 'src/nss/protocol.h', text: protocolHeader },
]
