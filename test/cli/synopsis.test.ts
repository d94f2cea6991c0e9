import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { SETTING_ROWS } from '../../src/cli/settings/table.ts'
import { COMMANDS, EXIT, EXPORT_FORMATS, LATER_COMMANDS, LATER_FLAGS } from '../../src/cli/synopsis.ts'
import { DATABASE_NAMES, EXPORTS } from '../../src/resolver/index.ts'

t.test('each command stands once, and what it does is in the file of its name', async (t) => {
  const names = COMMANDS.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  const files = readdirSync(join(import.meta.dirname, '../../src/cli/commands'), { recursive: true, encoding: 'utf8' })
  for (const name of names) t.equal(files.filter((path) => basename(path) === `${name}.ts`).length, 1, name)
})

t.test('exit codes begin with 0, ascend, and have wrong usage last', async (t) => {
  for (const { name, exits } of COMMANDS) {
    const codes = exits.map(([code]) => code)
    t.same(
      codes,
      [...new Set(codes)].sort((a, b) => a - b),
      name,
    )
    t.same([codes[0], codes.at(-1)], [EXIT.DONE, EXIT.USAGE], name)
    t.ok(
      exits.every(([, meaning]) => /^[a-z]/.test(meaning) && !meaning.endsWith('.')),
      name,
    )
  }
})

t.test('a summary is a line without a full stop, further words are sentences', async (t) => {
  for (const { name, summary, doc, examples, arguments: words } of COMMANDS) {
    t.match(summary, /^[a-z][^\n]{1,70}[^.\n]$/, name)
    t.match(doc, /^\S.*\.$/, name)
    for (const text of [...examples.map(([, does]) => does), ...words.map((word) => word.doc)]) {
      t.match(text, /[^.]$/, `${name}: ${text}`)
    }
  }
})

t.test('each command has examples, and all of them are of that command', async (t) => {
  for (const { name, examples } of COMMANDS) {
    t.ok(examples.length > 0, name)
    for (const [line] of examples) t.match(line, new RegExp(`^kickback ${name}( |$)`), line)
  }
})

t.test('an argument is written as help writes it: wanted ones first, one for any number of them last', async (t) => {
  for (const { name, arguments: words } of COMMANDS) {
    const kinds = words.map(({ word }) => /^(?:(<[a-z]+>)|(\[[a-z]+\])|(\[[a-z]+\.\.\.\]))$/.exec(word)?.slice(1))
    const ranks = kinds.map((kind) => kind?.findIndex((part) => part !== undefined) ?? -1)
    t.same(ranks, [...ranks].sort(), name)
    t.notOk(ranks.includes(-1), name)
    for (const { choices = ['any'] } of words)
      t.ok(choices.length > 0 && new Set(choices).size === choices.length, name)
  }
})

t.test('query names every database, export every format', async (t) => {
  const docOf = (name: string) => COMMANDS.find((row) => row.name === name)?.arguments[0]
  t.equal(docOf('query')?.doc, `${DATABASE_NAMES.slice(0, -1).join(', ')} or ${DATABASE_NAMES.at(-1)}`)
  t.same(docOf('export')?.choices, EXPORT_FORMATS)
  t.same(EXPORT_FORMATS, [
    ...EXPORTS,
    'zone',
    'slurm',
    'dnsmasq',
    'kea',
    'ansible',
    'genders',
    'prometheus',
    'known_hosts',
  ])
})

t.test('what is not there yet is none of what is there', async (t) => {
  const names = COMMANDS.map(({ name }) => String(name))
  t.same(
    names.filter((name) => LATER_COMMANDS.has(name)),
    [],
  )
  for (const [command, flag] of LATER_FLAGS) {
    t.ok(names.includes(command), command)
    t.notOk(
      SETTING_ROWS.some(([, row]) => row.flag === flag && row.commands.includes(command)),
      flag,
    )
  }
})
