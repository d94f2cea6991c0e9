/** The completions for bash, zsh and fish, made from the tables of commands and settings. */
import type { SettingRow } from '../src/cli/settings/setting.ts'
import { SETTING_ROWS } from '../src/cli/settings/table.ts'
import { SETTING_TYPES } from '../src/cli/settings/types.ts'
import { LOG_FORMATS, LOG_LEVELS, NODE_FILTERS } from '../src/cli/settings/values.ts'
import { PROGRAMS } from '../src/cli/synopsis/programs.ts'
import { COMMANDS, type CommandArgument, type CommandRow } from '../src/cli/synopsis.ts'
import { DATABASE_NAMES } from '../src/resolver/databases/table.ts'
import type { Made } from './made.ts'

/** What is offered for a value: words, names of files, names that the service knows, or nothing. */
type Offer = { readonly words: readonly string[] } | 'files' | 'nodes' | 'keys' | 'nothing'

/** An option of a command with what is offered behind it; undefined: it takes no value. */
interface CompletedOption {
  readonly flag: string
  readonly doc: string
  readonly offer: Offer | undefined
}

/** A command as the shells complete it. */
export interface Completed {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** What is offered for each word behind the command; the last one also for those that follow. */
  readonly words: readonly Offer[]
}

/** The names that are commands of their own. */
const PROGRAM_NAMES = PROGRAMS.map(([name]) => name).join(' ')

/** What is offered for settings of these types. */
const TYPE_OFFERS: { readonly [T in SettingRow['type']]?: Offer } = {
  path: 'files',
  'optional path': 'files',
  'optional input': 'files',
  'node set': 'nodes',
  'node states': { words: NODE_FILTERS },
  'log level': { words: LOG_LEVELS },
  'log format': { words: LOG_FORMATS },
}

/** What is offered for the words of these commands that their rows leave open, in order. */
const WORD_OFFERS: Readonly<Record<string, readonly Offer[]>> = {
  query: [{ words: DATABASE_NAMES }, 'keys'],
  explain: ['nothing', 'keys'],
  keys: ['nothing', 'nodes', 'files'],
  add: ['nothing', 'nodes'],
  set: ['nothing', 'nodes'],
  remove: ['nothing', 'nodes'],
}

/** Whether a word of a row names a file. */
const IS_FILE = /^[<[](?:file|files)\b/

function wordOffer(row: CommandRow, { word, choices }: CommandArgument, i: number): Offer {
  if (choices !== undefined) return { words: choices }
  const known = WORD_OFFERS[row.name]?.[i]
  return known ?? (IS_FILE.test(word) ? 'files' : 'nothing')
}

function optionsOf(name: CommandRow['name']): readonly CompletedOption[] {
  const rows = SETTING_ROWS.filter(([, row]) => row.commands.includes(name))
  const options = rows.map(([, row]) => ({
    flag: row.flag,
    doc: row.doc,
    offer: row.type === 'switch' ? undefined : (TYPE_OFFERS[row.type] ?? 'nothing'),
  }))
  return [...options, { flag: '--help', doc: 'Print help.', offer: undefined }]
}

/** Every command as the shells complete it. */
export const COMPLETED: readonly Completed[] = COMMANDS.map((row) => ({
  name: row.name,
  summary: row.summary,
  options: optionsOf(row.name),
  words: row.arguments.map((argument, i) => wordOffer(row, argument, i)),
}))

/** Options that take several values, one after the other. */
const LISTS = new Set(SETTING_ROWS.filter(([, { type }]) => SETTING_TYPES[type].isList).map(([, { flag }]) => flag))

const HEAD = '# Made from the tables in src/cli: npm run generate\n'

/** How a script asks for names: the first column of `hosts` has addresses, the second names. Whatever goes wrong, nothing is said. */
const NAMES = `kickback query hosts 2>/dev/null | awk '{ for (i = 2; i <= NF && i <= 3; i++) print $i }' | head -n 20000`
const KEYS = `kickback query "$db" 2>/dev/null`

/** A word of sh(1) in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What an offer is called in the scripts of bash. */
function bashOffer(offer: Offer): string {
  if (offer === 'files') return '_kickback_files'
  if (offer === 'nodes') return '_kickback_nodes'
  if (offer === 'keys') return '_kickback_keys'
  return offer === 'nothing' ? ':' : `_kickback_words ${quoted(offer.words.join(' '))}`
}

function bashCommand({ name, options, words }: Completed): string {
  const valued = options.filter(({ offer }) => offer !== undefined)
  const cases = valued.map(({ flag, offer }) => `        ${flag}) ${bashOffer(offer ?? 'nothing')}; return ;;`)
  const offers = words.map((offer, i) => `        ${i === words.length - 1 ? '*' : i}) ${bashOffer(offer)} ;;`)
  return [
    `    ${name})`,
    `      options=${quoted(options.map(({ flag }) => flag).join(' '))}`,
    `      valued=${quoted(valued.map(({ flag }) => flag).join(' '))}`,
    `      lists=${quoted(
      valued
        .filter(({ flag }) => LISTS.has(flag as `--${string}`))
        .map(({ flag }) => flag)
        .join(' '),
    )}`,
    '      _kickback_place',
    '      case $option in',
    ...cases,
    '      esac',
    '      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi',
    '      case $place in',
    ...offers,
    '      esac ;;',
  ].join('\n')
}

/** The functions of bash that offer something, and the one that finds the place of the cursor. */
const BASH_FUNCTIONS = `_kickback_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_kickback_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }

# Names of machines as the service knows them; silent if none answers.
_kickback_nodes() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$(${NAMES})" -- "$cur"))
}

# Keys of the database that stands before: names of machines, users or groups.
_kickback_keys() {
  local IFS=$' \\t\\n' db=\${words[command + 1]}
  case $db in
    hosts | ethers) _kickback_nodes ;;
    passwd | group | shadow | initgroups)
      [[ $db == shadow || $db == initgroups ]] && db=passwd
      COMPREPLY=($(compgen -W "$(${KEYS} | cut -d: -f1)" -- "$cur")) ;;
    netgroup | networks) COMPREPLY=($(compgen -W "$(${KEYS} | awk '{ print $1 }')" -- "$cur")) ;;
  esac
}

# The option whose value the cursor is at, if any, and how many words of the command stand before it.
_kickback_place() {
  local i word
  option= place=0
  for ((i = command + 1; i < cword; i++)); do
    word=\${words[i]}
    case $word in
      --*) option=; [[ " $valued " == *" $word "* ]] && option=$word ;;
      *)
        if [[ -z $option ]]; then
          place=$((place + 1))
        elif [[ " $lists " != *" $option "* ]]; then
          option=
        fi ;;
    esac
  done
  # An option that takes several values may end behind any of them.
  [[ $cur == -* ]] && option=
  return 0
}`

/** The completion for bash. */
function bashPage(): string {
  return `${HEAD}# bash completion for kickback(1)

${BASH_FUNCTIONS}

_kickback() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD command=1 name option place options valued lists
  local -a words=("\${COMP_WORDS[@]}")
  case \${words[0]##*/} in
${PROGRAMS.map(([name, command]) => `    ${name}) name=${command} command=0 ;;`).join('\n')}
    *)
      if ((cword < 2)); then
        _kickback_words ${quoted([...COMPLETED.map(({ name }) => name), '--help', '--version'].join(' '))}
        return
      fi
      name=\${words[1]} ;;
  esac
  case $name in
${COMPLETED.map(bashCommand).join('\n')}
  esac
}

complete -F _kickback kickback ${PROGRAM_NAMES}
`
}

/** A text inside a specification of _arguments (zshcompsys(1)). */
function zshText(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''")
}

function zshOffer(offer: Offer): string {
  if (offer === 'files') return '_files'
  if (offer === 'nodes') return '_kickback_nodes'
  if (offer === 'keys') return '_kickback_keys'
  return offer === 'nothing' ? ' ' : `(${offer.words.join(' ')})`
}

function zshCommand({ name, options, words }: Completed): string {
  const lines = options.map(({ flag, doc, offer }) => {
    const star = LISTS.has(flag as `--${string}`) ? '*' : ''
    const value = offer === undefined ? '' : `:${zshText(flag.slice(2))}:${zshOffer(offer)}`
    return `'${star}${flag}[${zshText(firstSentence(doc))}]${value}'`
  })
  const places = words.map((offer, i) => `'${i === words.length - 1 ? '*' : i + 1}: :${zshOffer(offer)}'`)
  return [`    ${name})`, '      _arguments \\', `        ${[...lines, ...places].join(' \\\n        ')} ;;`].join('\n')
}

/** The first sentence of a text, without its full stop. */
function firstSentence(text: string): string {
  return text.split(/\.(?:\s|$)/)[0] ?? text
}

/** The completion for zsh. */
function zshPage(): string {
  const commands = COMPLETED.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`)
  return `#compdef kickback ${PROGRAM_NAMES}
${HEAD}
# Names of machines as the service knows them; silent if none answers.
_kickback_nodes() {
  local -a names=(\${(f)"$(${NAMES})"})
  compadd -a names
}

# Keys of the database that stands before: names of machines, users or groups.
_kickback_keys() {
  local db=$words[2]
  local -a names
  case $db in
    hosts|ethers) _kickback_nodes; return ;;
    passwd|group|shadow|initgroups)
      [[ $db == (shadow|initgroups) ]] && db=passwd
      names=(\${(f)"$(${KEYS} | cut -d: -f1)"}) ;;
    netgroup|networks) names=(\${(f)"$(${KEYS} | awk '{ print $1 }')"}) ;;
  esac
  compadd -a names
}

_kickback() {
  local name
  local -a commands=(
${commands.join('\n')}
  )
  case $service in
${PROGRAMS.map(([name, command]) => `    ${name}) name=${command} ;;`).join('\n')}
    *)
      if (( CURRENT == 2 )); then
        if [[ $PREFIX == -* ]]; then compadd -- --help --version; else _describe command commands; fi
        return
      fi
      name=$words[2]
      shift words
      (( CURRENT-- )) ;;
  esac
  case $name in
${COMPLETED.map(zshCommand).join('\n')}
  esac
}

_kickback "$@"
`
}

function fishOffer(offer: Offer): string {
  if (offer === 'files') return ' -F'
  if (offer === 'nodes') return " -f -a '(__kickback_nodes)'"
  if (offer === 'keys') return " -f -a '(__kickback_keys)'"
  return offer === 'nothing' ? ' -f' : ` -f -a ${fishQuoted(offer.words.join(' '))}`
}

/** A word of fish(1) in single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function fishCommand({ name, options, words }: Completed): string[] {
  const programs = PROGRAMS.filter(([, command]) => command === name).map(([program]) => program)
  const inside = (program: string, condition: string): string =>
    program === 'kickback' ? `complete -c kickback -n ${fishQuoted(condition)}` : `complete -c ${program}`
  const lines = ['kickback', ...programs].flatMap((program) =>
    options.map(({ flag, doc, offer }) => {
      const value = offer === undefined ? '' : ` -r${fishOffer(offer)}`
      return `${inside(program, `__fish_seen_subcommand_from ${name}`)} -l ${flag.slice(2)}${value} -d ${fishQuoted(firstSentence(doc))}`
    }),
  )
  const places = words.map(
    (offer, i) =>
      `complete -c kickback -n ${fishQuoted(`__kickback_at ${name} ${i} ${i === words.length - 1 ? 'on' : ''}`.trim())}${fishOffer(offer)}`,
  )
  return [...lines, ...places]
}

/** The completion for fish. */
function fishPage(): string {
  const commands = COMPLETED.map(
    ({ name, summary }) => `complete -c kickback -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
  )
  return `${HEAD}# Names of machines as the service knows them; silent if none answers.
function __kickback_nodes
    ${NAMES}
end

# Keys of the database that stands before: names of machines, users or groups.
function __kickback_keys
    set -l words (commandline -opc)
    set -l db $words[3]
    switch "$db"
        case hosts ethers
            __kickback_nodes
        case shadow initgroups passwd
            kickback query passwd 2>/dev/null | cut -d: -f1
        case group
            kickback query group 2>/dev/null | cut -d: -f1
        case netgroup networks
            kickback query $db 2>/dev/null | awk '{ print $1 }'
    end
end

# Whether the cursor is at this word of this command: words behind an option are its values. With \`on\` also at any later one.
function __kickback_at
    set -l words (commandline -opc)
    test "$words[2]" = $argv[1]; or return 1
    set -l place 0
    for word in $words[3..]
        string match -q -- '-*' $word; and continue
        set place (math $place + 1)
    end
    test $place -eq $argv[2]; or begin
        test "$argv[3]" = on; and test $place -ge $argv[2]
    end
end

complete -c kickback -f
complete -c kickback -n __fish_use_subcommand -l help -d 'Print help'
complete -c kickback -n __fish_use_subcommand -l version -d 'Print the version'
${commands.join('\n')}
${COMPLETED.flatMap(fishCommand).join('\n')}
`
}

/** The scripts, where the packages take them from. */
export const COMPLETION_PAGES: readonly Made[] = [
  { path: 'packaging/completions/kickback.bash', text: bashPage },
  { path: 'packaging/completions/_kickback', text: zshPage },
  { path: 'packaging/completions/kickback.fish', text: fishPage },
]
