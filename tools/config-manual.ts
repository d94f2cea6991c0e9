/** beowulf-config(5), and the parts of docs/config.md that say the same. */
import { type Directive, type DirectiveExample, exampleLine } from '../src/config/directives/directive.ts'
import { DIRECTIVES } from '../src/config/directives/table.ts'
import type { Made } from './made.ts'
import { list } from './markdown.ts'
import { bullets, filled, headOf, literal, shown } from './roff.ts'

/** How the file is read. */
const SYNTAX: readonly string[] = [
  'Each line is one entry: a keyword, then its words. Blank lines are ignored. Lines may have any length.',
  'A line ends with LF or CRLF. A byte order mark at the start of the file is ignored. For CRLF and for a byte order mark there is a note, because other programs may fail.',
  '`#` starts a comment everywhere, also inside quotes. A backslash at the end of a line does not join it with the next line.',
  'Words are separated by white space (space, tab, vertical tab, form feed, carriage return). `"` and `\'` quote white space, so that it is part of a word. Quotes may open and close inside a word, and are removed. Inside one kind of quotes the other kind is an ordinary character. A quote after a backslash is an ordinary character, also inside quotes. Before any other character a backslash is an ordinary character, so it cannot escape itself. `""` is an empty word.',
  'No other character separates words. A no-break space or a character without width, which is often in text that was copied from a web page, is part of the word. A warning shows its column and its number (U+00A0).',
  'Text is UTF-8. A byte that is not UTF-8 is an error in a word, and a warning in a comment. A NUL byte is an error everywhere: it comes from a write that was interrupted.',
  'Keywords are case-sensitive. An unknown keyword is not an error, because other programs have their own keywords. There is a note, which suggests a similar keyword of kickback.',
  'Numbers are decimal. A leading zero is accepted with a warning, in addresses too.',
  'Only the order of lines with the same keyword matters.',
]

const NODE_SETS =
  '`15` is one node, `0-31` a range with both ends, `1,2,4-10` a list, `5-` all nodes from 5 on, `-` and `all` are all nodes. A number may be written as `n3` or `.3`, whatever the names of the nodes are.'

const EXISTING =
  'Node N exists if N is below the number of the `nodes` line (without that line: always) and an `iprange` gives N an address. A node needs no line of its own. A node line for a number that does not exist is a warning, and so is a number below `nodes` that has no address.'

/** A small configuration with the lines that most clusters have. */
const WHOLE: DirectiveExample = {
  does: 'A cluster of 32 nodes with a switch and a BMC in each node:',
  lines: [
    'nodes 32',
    'iprange 10.20.30.100 10.20.30.131',
    'interface eth1 10.20.30.1 255.255.255.0',
    'nodename n%N',
    'nodename n%N-ipmi 0.1.0.0 bmcs',
    'hostrange 10.20.30.4 10.20.30.9       # devices',
    'host 00:A0:D1:E9:87:CA 10.20.30.5 smartswitch',
    'node 0 00:A0:D1:E5:C4:6E',
  ],
}

function exampleOf({ does, lines }: DirectiveExample): string {
  return `.PP\n${does === '' ? '' : `${filled(does)}\n`}${shown(lines)}`
}

/** The section of a line that is acted on. */
function directiveSection(row: Directive): string {
  return [
    `.SS ${row.keyword}`,
    `.B ${row.keyword}`,
    `.I ${literal(row.arguments)}`,
    '.PP',
    filled(row.summary),
    ...(row.doc === '' ? [] : [filled(row.doc)]),
    ...(row.repeatable ? [] : ['It stands on one line at most.']),
    ...row.examples.map(exampleOf),
  ].join('\n')
}

/** A line that is known and kept. */
function keptItem(row: Directive): string {
  return [
    '.TP',
    `.BI "${row.keyword} " "${literal(row.arguments)}"`,
    filled(row.summary),
    '.br',
    'For example:',
    `.B ${literal(exampleLine(row))}`,
  ].join('\n')
}

function manualPage(): string {
  const acted = DIRECTIVES.filter((row) => row.actedOn)
  const kept = DIRECTIVES.filter((row) => !row.actedOn)
  return `${headOf('BEOWULF-CONFIG', 5)}.SH NAME
beowulf-config \\- the configuration of a Beowulf cluster
.SH SYNOPSIS
.I /etc/beowulf/config
.SH DESCRIPTION
The file describes the machines of a cluster.
Several programs read it, and some write it.
This page describes the language as
.BR kickback (1)
reads it.
.PP
.B kickback check
reports the errors of a file, with line and column.
A file that has an error is not used: the last good one stays in use.
Changes are read by themselves, without a restart.
.PP
${exampleOf(WHOLE).slice('.PP\n'.length)}
.SS Lines and words
${bullets(SYNTAX)}
.SS Sets of nodes
${filled(NODE_SETS)}
.SS Which nodes exist
${filled(EXISTING)}
.SH LINES
What stands in brackets may be left out, and
.B ...
means one or more of the word before it.
${acted.map(directiveSection).join('\n')}
.SH LINES THAT ARE KEPT
Other programs of the cluster act on these.
kickback knows the keywords, and does not check the words after them.
${kept.map(keptItem).join('\n')}
.SH FILES
.TP
.I /etc/beowulf/config
Another file can be named in
.BR kickback.toml (5).
.TP
.I /etc/beowulf/.config.lock
The lock of
.BR "kickback add" ,
.B set
and
.BR remove .
.SH SEE ALSO
.BR kickback (1),
.BR kickback.toml (5),
.BR exports (5),
.BR netgroup (5)
`
}

/** The page, and the parts of docs/config.md. */
export const CONFIG_MANUAL: readonly Made[] = [
  { path: 'docs/man/beowulf-config.5', text: manualPage },
  { path: 'docs/config.md', part: 'syntax', text: () => list(SYNTAX) },
  { path: 'docs/config.md', part: 'node-sets', text: () => `${NODE_SETS}\n` },
  { path: 'docs/config.md', part: 'existing', text: () => `${EXISTING}\n` },
]
