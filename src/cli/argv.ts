/** The command line: what it asks for, by the tables of commands and settings, and the text of --help. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option, type OutputConfiguration } from 'commander'
import { type GivenValues, readSetting } from './settings/given.ts'
import type { SettingRow } from './settings/setting.ts'
import { OF_THE_MASTER, RENAMED_SETTINGS, SETTING_ROWS, SETTINGS, type SettingName } from './settings/table.ts'
import { SETTING_TYPES } from './settings/types.ts'
import { ValueError } from './settings/values.ts'
import { PROGRAMS } from './synopsis/programs.ts'
import type { CommandName } from './synopsis.ts'
import { COMMANDS, type CommandArgument, type CommandRow, EXIT, LATER_COMMANDS, LATER_FLAGS } from './synopsis.ts'

/** What the command line asks for: a command to run, or a text to print and the code to exit with. */
type Request =
  | {
      readonly kind: 'run'
      readonly command: CommandName
      readonly args: readonly string[]
      readonly given: GivenValues
    }
  | { readonly kind: 'say'; readonly text: string; readonly error: boolean; readonly exit: number }

/** Reads the words that follow the program's name. Never throws: wrong usage is a text and exit 64. */
export function parseArgv(words: readonly string[], version: string): Request {
  const later = notThereYet(words)
  if (later !== undefined)
    return { kind: 'say', text: `kickback: ${later} is not there yet\n`, error: true, exit: EXIT.USAGE }
  const misplaced = ofTheMaster(words)
  if (misplaced !== undefined)
    return { kind: 'say', text: `kickback: '${misplaced}' ${OF_THE_MASTER}\n`, error: true, exit: EXIT.USAGE }
  const renamed = renamedIn(words)
  if (renamed !== undefined) return { kind: 'say', text: `kickback: ${renamed}\n`, error: true, exit: EXIT.USAGE }
  let request: Request | undefined
  let said = ''
  const hear = (text: string): void => {
    said += text
  }
  const output = { writeOut: hear, writeErr: hear }
  const program = programOf(words, version, output, (taken) => (request = taken))
  try {
    program.parse([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'say', text: said, error: false, exit: EXIT.DONE }
    const usage = ABOUT_ARGUMENTS.has(error.code) && !said.includes("option '") ? usageLine(words) : ''
    return { kind: 'say', text: `${said}${usage}${helpHint(words)}`, error: true, exit: EXIT.USAGE }
  }
  return request ?? { kind: 'say', text: program.helpInformation(), error: true, exit: EXIT.USAGE }
}

/** The errors of commander about the words of a command: the order of these words is what a person wants to see then. */
const ABOUT_ARGUMENTS: ReadonlySet<string> = new Set([
  'commander.missingArgument',
  'commander.excessArguments',
  'commander.invalidArgument',
])

/** The usage of the command that was called, on a line; nothing if there is no such command, or if it takes no words. */
function usageLine([first]: readonly string[]): string {
  const command = COMMANDS.find(({ name }) => name === first)
  if (command === undefined || command.arguments.length === 0) return ''
  return `Usage: kickback ${command.name} ${usageOf(command)}\n`
}

/** What follows the name of a command. */
function usageOf(row: CommandRow): string {
  return ['[options]', ...row.arguments.map(({ word }) => word)].join(' ')
}

/** Where to read the right usage. */
function helpHint(words: readonly string[]): string {
  const command = COMMANDS.find(({ name }) => words.includes(name))
  return `See kickback ${command === undefined ? '' : `${command.name} `}--help.\n`
}

/** The promised command or option among the words that does not exist yet. */
function notThereYet(words: readonly string[]): string | undefined {
  const command = words.find((word) => !word.startsWith('-'))
  if (command !== undefined && LATER_COMMANDS.has(command)) return `the command '${command}'`
  const flags = new Set(words.map((word) => word.split('=')[0]))
  const row = LATER_FLAGS.find(([name, flag]) => name === command && flags.has(flag))
  return row === undefined ? undefined : `the option '${row[1]}' of ${row[0]}`
}

/** The option among a proxy's words that is a setting of the master. */
function ofTheMaster(words: readonly string[]): string | undefined {
  if (words.find((word) => !word.startsWith('-')) !== 'proxy') return undefined
  const flags = new Set(words.map((word) => word.split('=')[0]))
  return SETTING_ROWS.find(([, row]) => row.ofMaster && flags.has(row.flag))?.[1].flag
}

/** What is said of an option among the words that had this name once. */
function renamedIn(words: readonly string[]): string | undefined {
  const flags = new Set(words.map((word) => word.split('=')[0]))
  const renamed = RENAMED_SETTINGS.find(({ before }) => flags.has(`--${before}`))
  return renamed && `the option '--${renamed.before}' is called '${SETTINGS[renamed.now].flag}' now`
}

/**
 * The parser; `take` gets the request when one is met. Where the first word is a command, it is the only one that is made: all
 * of them take as long as an answer.
 */
function programOf(
  [first]: readonly string[],
  version: string,
  output: OutputConfiguration,
  take: (request: Request) => void,
): Command {
  const program = new Command('kickback')
    .description('The name service of a Beowulf cluster.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .exitOverride()
    .configureOutput({ ...output, outputError: (text, write) => write(plainly(text)) })
    .addHelpText(
      'after',
      `\nkickback COMMAND --help describes one command. ${PROGRAMS.map(([name, command]) => `${name} is kickback ${command}`).join(', ')}.`,
    )
  const called = COMMANDS.filter(({ name }) => name === first)
  for (const row of called.length > 0 ? called : COMMANDS) addCommand(program, row, take)
  return program
}

function addCommand(program: Command, row: CommandRow, take: (request: Request) => void): void {
  const command = program.command(row.name).summary(row.summary).description(row.doc).usage(usageOf(row))
  for (const argument of row.arguments) command.addArgument(argumentOf(argument))
  const rows = SETTING_ROWS.filter(([, setting]) => setting.commands.includes(row.name))
  for (const [, setting] of rows) command.addOption(optionOf(setting))
  command.addHelpText('after', afterHelp(row))
  command.helpOption('--help', 'print this help')
  command.action(() => take({ kind: 'run', command: row.name, args: command.args, given: givenOf(command, rows) }))
}

function argumentOf({ word, choices, doc }: CommandArgument): Argument {
  const argument = new Argument(word, doc)
  return choices === undefined ? argument : argument.choices(choices)
}

/** An error of commander's as we say it: with the program's name, and a value that a setting refuses is named once. */
function plainly(text: string): string {
  return text
    .replace(/^error: /, 'kickback: ')
    .replace(/ argument '[^']*' is invalid\. (?=')/, ': ')
    .replace(/command-argument value ('.*') is invalid for argument '\w+'\. Allowed choices are /, '$1 is not one of ')
}

/** The text below the options: examples and exit codes. */
function afterHelp(row: CommandRow): string {
  const examples = row.examples.map(([line, does]) => `  ${line}\n      ${does}`)
  const exits = row.exits.map(([code, meaning]) => `  ${String(code).padEnd(4)}${meaning}`)
  return ['', 'Examples:', ...examples, '', 'Exit codes:', ...exits].join('\n')
}

function optionOf(row: SettingRow): Option {
  if (row.type === 'switch') return new Option(row.flag, helpOf(row))
  const { isList } = SETTING_TYPES[row.type]
  const option = new Option(`${row.flag} <${row.placeholder}${isList ? '...' : ''}>`, helpOf(row))
  // Commander reads the dots as "several values" only behind a letter or digit, and a placeholder may end in a bracket.
  option.variadic = isList
  return option.argParser((text, before: readonly string[] | undefined) => checked(row, text, before))
}

/** The row's sentence with its default, as help shows it. */
export function helpOf(row: SettingRow): string {
  const fallback = row.defaultDoc ?? row.default.join(' ')
  return fallback === '' ? row.doc : `${row.doc.replace(/\.$/, '')} (default: ${fallback})`
}

/** The texts given so far and this one, once it has been found to be what the setting wants. */
function checked(row: SettingRow, text: string, before: readonly string[] = []): readonly string[] {
  const texts = SETTING_TYPES[row.type].isList ? [...before, text] : [text]
  try {
    readSetting(row, texts)
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new InvalidArgumentError(error.message)
  }
  return texts
}

function givenOf(command: Command, rows: readonly (readonly [SettingName, SettingRow])[]): GivenValues {
  const options = command.opts<Record<string, readonly string[] | true | undefined>>()
  const given = new Map<SettingName, readonly string[]>()
  for (const [name, row] of rows) {
    const value = options[attributeOf(row.flag)]
    if (value !== undefined) given.set(name, value === true ? ['true'] : value)
  }
  return given
}

/** The name under which commander keeps an option: `--run-dir` is `runDir`. */
function attributeOf(flag: string): string {
  return flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
