/** The structures, the sections and the example of docs/snapshot.md. */
import { parseConfig } from '../src/config/parser.ts'
import { readAccounts } from '../src/resolver/accounts/accounts.ts'
import { publicContents } from '../src/resolver/contents/contents.ts'
import { INSTRUCTION_DOCS, KINDS } from '../src/resolver/deltas/instructions.ts'
import * as layout from '../src/resolver/layout.ts'
import { USUAL_ZONES } from '../src/resolver/records/entries.ts'
import { buildPublic, stamp } from '../src/resolver/snapshot/builder.ts'
import { hash } from '../src/resolver/snapshot/hash.ts'
import type { FieldType, Structure } from '../src/resolver/structure.ts'
import type { Made } from './made.ts'
import { table } from './markdown.ts'

const typeText = (type: FieldType): string => (typeof type === 'object' ? `${type.bytes} bytes` : type)

function structureTable(structure: Structure): string {
  const rows = structure.fields.map(({ offset, name, type, doc }) => [offset, `\`${name}\``, typeText(type), doc])
  const tail = structure.tail === '' ? '' : `\nThen, from byte ${structure.size} on: ${structure.tail}\n`
  return `\n${structure.doc}\n\n${table(['byte', 'field', 'type', 'meaning'], rows)}${tail}\n`
}

function sectionsTable(): string {
  const rows = layout.SECTIONS.map(({ id, holds, doc }) => [id, holds, doc])
  return `\n${table(['id', 'holds', 'what'], rows)}\n`
}

function statesTable(): string {
  const meanings: { readonly [S in keyof typeof layout.STATES]: string } = {
    CURRENT: 'this file is the one at its path',
    SUPERSEDED: 'a newer one was published: open the path again',
    EMPTIED: 'its body was given back, and reads as zeros',
  }
  const rows = Object.entries(layout.STATES).map(([name, value]) => [value, meanings[name as keyof typeof meanings]])
  const granted = [
    `\nBit 8 (0x${layout.STATE_SHADOW_GRANTED.toString(16)}) is set where this machine was granted shadow entries: pw_passwd is then shown as \`x\`,`,
    'else as the `*` that the record holds. Bits that a reader does not know mean nothing to it.\n',
  ]
  return `\n${table(['low byte', 'meaning'], rows)}${granted.join('\n')}\n`
}

function instructionsTable(): string {
  const names = Object.keys(KINDS) as (keyof typeof KINDS)[]
  return `\n${table(
    ['kind', 'name', 'gives'],
    names.map((name) => [KINDS[name], name, INSTRUCTION_DOCS[name]]),
  )}\n`
}

function hashesTable(): string {
  const vectors = ['', 'a', 'ab', 'abc', 'abcd', 'n15', 'smartswitch', 'The quick brown fox']
  const rows = vectors.map((text) => [`"${text}"`, `0x${hash(Buffer.from(text)).toString(16).padStart(8, '0')}`])
  return `\n${table(['bytes', 'hash'], rows)}\n`
}

const RECORDS: readonly Structure[] = layout.STRUCTURES.filter(
  (structure) => ![layout.HEADER, layout.SECTION, layout.SLOT].includes(structure as never),
)

function recordTables(): string {
  return RECORDS.map((structure) => `\n### ${structure.name}\n${structureTable(structure)}`).join('')
}

const EXAMPLE_CONFIG = 'nodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 0:a0:d1:e5:c4:6e'
const EXAMPLE_USER = 'ann:x:1000:1000:Ann:/home/ann:/bin/sh'
const EXAMPLE_GENERATION = 7

/** The bytes of the example: unsigned, generation 7. */
export function exampleBytes(): Uint8Array {
  const domain = 'cluster.internal'
  const { cluster } = parseConfig(Buffer.from(`${EXAMPLE_CONFIG}\n`), { domain })
  const accounts = readAccounts({ passwd: Buffer.from(`${EXAMPLE_USER}\n`), group: Buffer.from('ann:x:1000:\n') })
  const sources = { cluster, interfaceAddresses: [], domain, zones: USUAL_ZONES, accounts, accountsComplete: true }
  const bytes = buildPublic(publicContents(sources))
  stamp(bytes, { generation: EXAMPLE_GENERATION })
  return bytes
}

function example(): string {
  const head = [`\n\`\`\`beowulf\n${EXAMPLE_CONFIG}\n\`\`\`\n`, `\`\`\`text\n${EXAMPLE_USER}\n\`\`\`\n`]
  const told = `with the group \`ann:x:1000:\`, unsigned, as generation ${EXAMPLE_GENERATION}, is this file. Lines of zeros are left out.\n`
  return `${head.join('\n')}\n${told}\n\`\`\`text\n${hexLines(exampleBytes())}\`\`\`\n\n${walk(exampleBytes())}\n`
}

/** How the user with id 1000 is found in the example, step by step. */
function walk(bytes: Uint8Array): string {
  const file = Buffer.from(bytes)
  const entries = Array.from({ length: file.readUInt32LE(layout.HEADER.at.section_count) }, (_, i) => {
    const at = layout.HEADER.size + i * layout.SECTION.size
    const [offset, size] = [layout.SECTION.at.offset, layout.SECTION.at.size].map((field) =>
      file.readUInt32LE(at + field),
    )
    return { id: file.readUInt32LE(at), offset: offset ?? 0, size: size ?? 0 }
  })
  const records = entries.find((entry) => entry.id === layout.recordsId('passwd'))
  const index = entries.find((entry) => entry.id === layout.recordsId('passwd') + 2)
  if (index === undefined || records === undefined) throw new Error('the example has users')
  const slots = index.size / layout.SLOT.size
  const key = hash(Uint8Array.of(0xe8, 3, 0, 0))
  let slot = key & (slots - 1)
  while (file.readUInt32LE(index.offset + slot * layout.SLOT.size) !== key) slot = (slot + 1) & (slots - 1)
  const at = index.offset + slot * layout.SLOT.size
  const record = file.readUInt32LE(at + layout.SLOT.at.record)
  return [
    `The user with id 1000: section ${index.id} starts at ${index.offset} and has ${slots} slots. The key is \`e8 03 00 00\`, its hash`,
    `0x${key.toString(16)}, its slot ${slot}, at ${at}. There stands the hash, and ${record}: the record`,
    `starts ${(record - 1) * layout.ALIGNMENT} bytes into section ${records.id}, which starts at ${records.offset}.`,
    '',
  ].join('\n')
}

/** Sixteen bytes a line: offset, hex, text. */
function hexLines(bytes: Uint8Array): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const part = bytes.subarray(i * 16, i * 16 + 16)
    if (part.every((byte) => byte === 0)) return ''
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = Array.from(part, (byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    return `${(i * 16).toString().padStart(4)}  ${hex.padEnd(47)}  ${text}\n`
  })
  return lines.join('')
}

const PARTS: Readonly<Record<string, () => string>> = {
  header: () => structureTable(layout.HEADER),
  states: statesTable,
  section: () => structureTable(layout.SECTION),
  sections: sectionsTable,
  slot: () => structureTable(layout.SLOT),
  hashes: hashesTable,
  instructions: instructionsTable,
  records: recordTables,
  example,
}

/** The parts of the page. */
export const SNAPSHOT_PAGE: readonly Made[] = Object.entries(PARTS).map(([part, text]) => {
  return { path: 'docs/snapshot.md', part, text }
})
