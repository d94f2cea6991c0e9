/** The manual pages, the settings and commands of docs/reference.md, and the other codes of docs/diagnostics.md. */

import { BOOT_CODES } from '../src/boot/codes.ts'
import { helpOf } from '../src/cli/argv.ts'
import { NODE_CODES, SETTINGS_CODES } from '../src/cli/settings/codes.ts'
import { DAEMON_COMMANDS } from '../src/cli/settings/command-groups.ts'
import type { SettingRow } from '../src/cli/settings/setting.ts'
import { SETTING_ROWS } from '../src/cli/settings/table.ts'
import { SETTING_TYPES, wordsOf } from '../src/cli/settings/types.ts'
import { PROGRAMS } from '../src/cli/synopsis/programs.ts'
import { COMMANDS, type CommandRow } from '../src/cli/synopsis.ts'
import type { CodeRow } from '../src/config/text/diagnostic.ts'
import { RELOAD_CODES } from '../src/daemon/candidate/codes.ts'
import { NOT_SERVED } from '../src/daemon/explanations/sights.ts'
import { WARNINGS } from '../src/kickback/warnings/warning.ts'
import { ACCOUNT_CODES } from '../src/resolver/accounts/lines.ts'
import { DATABASE_NAMES } from '../src/resolver/databases/table.ts'
import { EXPLANATION_CODES } from '../src/resolver/explanations/explanation.ts'
import { ZONE_CODES } from '../src/resolver/zone/check.ts'
import type { Made } from './made.ts'
import { table } from './markdown.ts'
import { filled, headOf, literal } from './roff.ts'

/** `--listen HOST:PORT...` */
function usageOf(row: SettingRow): string {
  const several = SETTING_TYPES[row.type].isList ? '...' : ''
  return row.type === 'switch' ? row.flag : `${row.flag} ${row.placeholder}${several}`
}

/** The settings of docs/reference.md: one row a setting that the file may hold. */
function settingsTable(): string {
  const rows = SETTING_ROWS.filter(([, row]) => row.key !== null).map(([, row]) => {
    const fallback = row.defaultDoc ?? row.default.map((text) => `\`${text}\``).join(' ')
    return [`\`${row.key}\``, `\`${usageOf(row)}\``, row.commands.join(', '), fallback, row.doc]
  })
  return table(['key', 'option', 'commands', 'default', 'meaning'], rows)
}

function commandsTable(): string {
  const rows = COMMANDS.map(({ name, arguments: words, summary, exits }) => {
    const usage = [name, ...words.map(({ word }) => word)].join(' ')
    return [`\`${usage}\``, summary, exits.map(([code, meaning]) => `${code} ${meaning}`).join('; ')]
  })
  return table(['command', 'does', 'exits with'], rows)
}

/** The tables of codes in docs/diagnostics.md: all but that of the configuration, which has an example for each. */
export const CODE_TABLES: Readonly<Record<string, Readonly<Record<string, CodeRow>>>> = {
  'account-codes': ACCOUNT_CODES,
  'zone-codes': ZONE_CODES,
  'reload-codes': RELOAD_CODES,
  'settings-codes': SETTINGS_CODES,
  'node-codes': NODE_CODES,
  'boot-codes': BOOT_CODES,
}

function codeTable(codes: Readonly<Record<string, CodeRow>>): string {
  const rows = Object.entries(codes).map(([code, { severity, meaning }]) => [`\`${code}\``, severity, meaning])
  return `\n${table(['code', 'severity', 'meaning'], rows)}\n`
}

/** Codes without a severity. */
function meaningTable(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => [`\`${code}\``, meaning])
  return `\n${table(['code', 'meaning'], rows)}\n`
}

/** What `status` warns of. */
function warningsTable(): string {
  const rows = Object.entries(WARNINGS).map(([code, { label, severity, meaning }]) => [
    `\`${label}\``,
    `\`${code}\``,
    severity,
    meaning,
  ])
  return `\n${table(['label', 'code', 'severity', 'meaning'], rows)}\n`
}

function commandSection(row: CommandRow): string {
  const words = row.arguments.map(({ word }) => word)
  const options = SETTING_ROWS.filter(([, setting]) => setting.commands.includes(row.name))
  return [
    `.SS kickback ${literal([row.name, '[options]', ...words].join(' '))}`,
    filled(row.doc),
    ...row.arguments.flatMap(({ word, doc }) => ['.TP', `.I ${literal(word)}`, filled(`${doc}.`)]),
    ...options.flatMap(([, setting]) => ['.TP', `.B ${literal(usageOf(setting))}`, filled(helpOf(setting))]),
    '.PP',
    'Examples:',
    ...row.examples.flatMap(([line, does]) => ['.TP', `.B ${literal(line)}`, filled(does)]),
    '.PP',
    'Exit status:',
    ...row.exits.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, filled(meaning)]),
  ].join('\n')
}

/** The commands that read a variable of the environment: those that ask a daemon. */
function askersOf({ commands }: SettingRow): readonly string[] {
  return commands.filter((name) => !DAEMON_COMMANDS.includes(name))
}

/** The files of the daemons, in kickback(1). */
const FILES_SECTION = `.SH FILES
.TP
.I RUN_DIR/socket
Answers all databases except shadow, for every user of this machine.
.TP
.I RUN_DIR/snapshot.1
The published snapshot, which libnss_kickback.so.2 maps.
.TP
.I RUN_DIR/private/socket\\fR, \\fIRUN_DIR/private/shadow.1
Shadow entries, for root and group shadow.
.TP
.I RUN_DIR/admin/socket
Reload, the list of nodes, the history and join tokens, for root.
.TP
.I RUN_DIR/owner
The process that uses the run dir.
.TP
.I STATE_DIR/snapshot.1\\fR, \\fISTATE_DIR/private/shadow.1
The last good generation.
.TP
.I STATE_DIR/history\\fR, \\fISTATE_DIR/generations/\\fR, \\fISTATE_DIR/pin
On a master: the last generations, and which content
.B kickback reload \\-\\-back\\-to
pinned.
.TP
.I STATE_DIR/sources/
On a master: the last good content of each file that is read.
.TP
.I STATE_DIR/setup.json
What
.B kickback setup
changed on this machine.
.TP
.I STATE_DIR/signing.key\\fR, \\fISTATE_DIR/signing.pub
On a master: the private key that signs generations, and its public key.
.TP
.I STATE_DIR/root.key
On the first master: the private key that signs the trust list.
Keep it elsewhere.
.TP
.I STATE_DIR/root.pub
The public key of the cluster, which nodes need.
.TP
.I STATE_DIR/trust
The trust list: which signing keys count.
.TP
.I STATE_DIR/audit
On a master: who changed keys or the configuration by a command, or forced a
reload, and when.
`

/** kickback(1). */
function commandPage(): string {
  return `${headOf('KICKBACK', 1)}.SH NAME
kickback \\- the name service of a Beowulf cluster
.SH SYNOPSIS
.B kickback
.I command
.RI [ options ]
.RI [ arguments ]
.br
${PROGRAMS.map(([name]) => `.B ${name}\n.RI [ options ]`).join('\n.br\n')}
.SH DESCRIPTION
The master reads
.I /etc/beowulf/config
${filled(`and its own accounts, and answers ${DATABASE_NAMES.slice(0, -1).join(', ')} and ${DATABASE_NAMES.at(-1)} for every machine of the cluster.`)}
${PROGRAMS.map(([name, command], i) => `.B ${name}\nis\n.BR "kickback ${command}" ${i === PROGRAMS.length - 1 ? '.' : ','}`).join('\n')}
Every setting may be in
.BR kickback.toml (5);
an option on the command line comes first.
.SH COMMANDS
${COMMANDS.map(commandSection).join('\n')}
.SH SIGNALS
.TP
.B SIGHUP
serve: read configuration and accounts again, as
.B kickback reload
does.
.TP
.BR SIGTERM ", " SIGINT
End. The published files stay, and the module still answers from them.
.SH ENVIRONMENT
${SETTING_ROWS.filter(([, row]) => row.env !== undefined)
  .map(([, row]) => `.TP\n.B ${row.env}\n${filled(`For ${askersOf(row).join(', ')}: as ${row.flag}.`)}`)
  .join('\n')}
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
Set by systemd: the socket on which a daemon notifies it, and how often it wants
a sign of life.
${FILES_SECTION}.SH SEE ALSO
.BR beowulf-config (5),
.BR kickback.toml (5),
.BR kickback\\-fetch (8),
.BR kickback\\-health (8),
.BR getent (1),
.BR nsswitch.conf (5)
`
}

/** kickback.toml(5). */
function settingsPage(): string {
  const rows = SETTING_ROWS.filter(([, row]) => row.key !== null).map(([, row]) => {
    return `.TP\n.BR ${row.key} " (${wordsOf(row.type)})"\n${filled(helpOf(row))}\n.br\n${filled(`Option ${row.flag} of ${row.commands.join(', ')}.`)}`
  })
  return `${headOf('KICKBACK.TOML', 5)}.SH NAME
kickback.toml \\- settings of kickback
.SH SYNOPSIS
.I /etc/kickback/kickback.toml
.SH DESCRIPTION
A TOML file. Each key is an option of
.BR kickback (1);
the command line comes first, then this file, then the default.
An unknown key, or a value of the wrong type, is an error with its line, and
.B kickback check
shows it.
.SH KEYS
${rows.join('\n')}
.SH EXAMPLE
.EX
domain = "hpc.example.org"
allow = ["192.168.7.0/24"]

[dns]
listen = ["10.20.30.1:53"]
.EE
.SH SEE ALSO
.BR kickback (1),
.BR beowulf-config (5)
`
}

/** The manual pages, and the parts of the other pages. */
export const COMMAND_PAGES: readonly Made[] = [
  { path: 'docs/reference.md', part: 'settings', text: settingsTable },
  { path: 'docs/reference.md', part: 'commands', text: commandsTable },
  ...Object.entries(CODE_TABLES).map(([part, codes]) => {
    return { path: 'docs/diagnostics.md', part, text: () => codeTable(codes) }
  }),
  { path: 'docs/operation.md', part: 'warnings', text: warningsTable },
  { path: 'docs/explain.md', part: 'explanations', text: () => meaningTable(EXPLANATION_CODES) },
  { path: 'docs/explain.md', part: 'not-served', text: () => meaningTable(NOT_SERVED) },
  { path: 'docs/man/kickback.1', text: commandPage },
  { path: 'docs/man/kickback.toml.5', text: settingsPage },
]
