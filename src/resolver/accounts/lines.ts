/** Lines of the account files (passwd(5), group(5), shadow(5)), and what is said about them. */
import { type CodeRow, DiagnosticList, type SourceText, type Span } from '../../config/index.ts'
import { counted, firstInvisible, type Invisible } from '../../values/index.ts'
import { STRINGS_MAX } from '../format.ts'
import { lengthOf } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'

/** The severity and the meaning of a diagnostic. None stops a reload: one bad line must not affect the others. */
export const ACCOUNT_CODES = {
  'account-malformed': { severity: 'warning', meaning: 'The line is not an entry: it is left out.' },
  'account-fields': {
    severity: 'warning',
    meaning: 'The line has too few fields. Missing fields are read as empty, as the C library does.',
  },
  'account-number': {
    severity: 'warning',
    meaning: 'A number is not valid (an id is a whole number from 0 to 4294967294): the entry is left out.',
  },
  'account-repeated': {
    severity: 'warning',
    meaning:
      'An earlier line has the same name. A look-up by name finds the earlier line, as in the C library. A listing has both lines, and each line of a group gives its members its gid.',
  },
  'account-invisible': {
    severity: 'warning',
    meaning:
      'The line has a character that cannot be seen: a carriage return (the file has the line ends of another system), a no-break space, a byte order mark, or a blank at its end. Programs read it as part of the name, path or number.',
  },
  'account-too-long': { severity: 'warning', meaning: 'The entry is longer than a record can be: it is left out.' },
  'account-root-group': {
    severity: 'warning',
    meaning: 'The primary group of the user is 0, which is never exported. So the user is not exported either.',
  },
  'account-same-id': {
    severity: 'warning',
    meaning: 'An earlier exported entry has the same id. A look-up by id finds the earlier entry.',
  },
  'account-local-id': {
    severity: 'warning',
    meaning:
      'On a node: the own passwd or group file of this machine has a name of the cluster with another id, or an id of the cluster under another name. Programs ask that file first, so files belong to the wrong account. Give the account the id of the cluster (usermod -o -u, groupmod -o -g: the id is in use already, by the account of the cluster), or remove it here.',
  },
  'account-below': {
    severity: 'note',
    meaning:
      'Users or groups below UID_MIN or GID_MIN, and 65534, are not exported. There is one note for all of them. Name those that nodes need in the settings `users` and `groups`.',
  },
  'account-above': {
    severity: 'note',
    meaning:
      'The id is above UID_MAX or GID_MAX of login.defs (60000 without a line there), or above the range of the settings `uids` or `gids`: the entry is not exported.',
  },
  'account-excluded': {
    severity: 'note',
    meaning: 'The settings `exclude_users` or `exclude_groups` name the account: it is not exported.',
  },
  'account-reserved': {
    severity: 'note',
    meaning:
      'Distributions reserve the id, which is above 60000, for systemd or for no user: the entry is not exported.',
  },
  'account-power-group': {
    severity: 'note',
    meaning:
      'The name of the group gives power over a machine (wheel, sudo, docker, disk...): it is not exported unless the setting `groups` names it.',
  },
  'account-disabled': {
    severity: 'note',
    meaning:
      'The account is locked or expired in shadow. Nodes do not check this when somebody logs in by key: see the setting `disabled_users`.',
  },
  'netgroup-taken': {
    severity: 'warning',
    meaning:
      'The configuration makes a netgroup of this name (a class, a hostrange, a nodename line, or cluster): the line of the netgroup file is left out.',
  },
  'netgroup-unknown': {
    severity: 'warning',
    meaning:
      'The line includes a netgroup that neither the netgroup file nor the configuration has. The rest of the line counts.',
  },
  'account-nis': { severity: 'note', meaning: 'The line includes NIS entries (+ or -): it is skipped.' },
  'account-low-group': {
    severity: 'note',
    meaning:
      'The group is outside GID_MIN to GID_MAX, but an exported user has it as primary group: it is exported too. If the gid is below GID_MIN of a node, that node takes the group and the user only if its settings name the group.',
  },
} as const satisfies Record<string, CodeRow>
/** The code of a diagnostic about accounts. */
type AccountCode = keyof typeof ACCOUNT_CODES

/** A short plain text in quotes; anything else is not shown, since a damaged line can have a hash anywhere. */
export function quoted(text: ByteString): string {
  return /^[!-~ ]{0,24}$/.test(text) ? `"${text}"` : 'the value'
}

/** Collects what is to be said about one account file. */
export class AccountDiagnostics extends DiagnosticList<AccountCode> {
  constructor(text: SourceText) {
    super(text, ACCOUNT_CODES)
  }

  /** Adds a diagnostic about a span; `earlier` is another line that it speaks of. */
  report(code: AccountCode, span: Span, message: string, earlier?: Span): void {
    this.add(code, span, message, earlier === undefined ? [] : [{ span: earlier, message: 'the earlier line is here' }])
  }
}

/** One line that may be an entry, without leading white space. */
export interface AccountLine {
  readonly text: ByteString
  readonly span: Span
}

/** Where a part of a line's text lies, from byte `at` on. */
export function partOf({ span }: AccountLine, at: number, length: number): Span {
  return { line: span.line, start: span.start + at, end: span.start + at + length }
}

/** Where a field of a line lies; fields are separated by colons and count from 0. */
export function fieldOf(line: AccountLine, field: number): Span {
  const fields = line.text.split(':')
  const at = fields.slice(0, field).reduce((sum, one) => sum + one.length + 1, 0)
  return partOf(line, at, (fields[field] ?? '').length)
}

/** The most lines with invisible characters that are reported one by one: a file from another system has them on each line. */
const MOST_INVISIBLE = 20

/** Reports characters that cannot be seen, line by line; from some number of lines on only how many more there are. */
export class InvisibleCharacters {
  readonly #diagnostics: AccountDiagnostics
  #lines = 0
  #last: Span | undefined

  constructor(diagnostics: AccountDiagnostics) {
    this.#diagnostics = diagnostics
  }

  /** Looks at one line. Only its first such character is reported. */
  look(line: AccountLine): void {
    const fault = invisibleIn(line.text)
    if (fault === undefined) return
    this.#lines++
    this.#last = line.span
    if (this.#lines > MOST_INVISIBLE) return
    this.#diagnostics.report('account-invisible', partOf(line, fault.at, fault.length), fault.message)
  }

  /** After the last line. */
  end(): void {
    const more = this.#lines - MOST_INVISIBLE
    if (more > 0 && this.#last)
      this.#diagnostics.report(
        'account-invisible',
        this.#last,
        more === 1
          ? 'this line also has such characters'
          : `this line and ${counted(more - 1, 'more line')} also have such characters`,
      )
  }
}

function invisibleIn(text: ByteString): (Pick<Invisible, 'at' | 'length'> & { readonly message: string }) | undefined {
  if (/^[^\r]*\r$/.test(text) && firstInvisible(text, false) === undefined)
    return {
      at: text.length - 1,
      length: 1,
      message: 'the line ends in CRLF: the carriage return is part of the last field',
    }
  const found = firstInvisible(text, true)
  if (found !== undefined) return { ...found, message: `${found.name} is part of the field` }
  const blank = /(?<![ \t])[ \t]+$/.exec(text)
  return blank === null
    ? undefined
    : { at: blank.index, length: blank[0].length, message: 'the line ends in a blank, which is part of the field' }
}

/** The lines of a file that may be entries: comments and blank lines are left out, NIS lines and damaged lines are reported. */
function* accountLines(bytes: Uint8Array, diagnostics: AccountDiagnostics): Generator<AccountLine, void, undefined> {
  const invisible = new InvisibleCharacters(diagnostics)
  for (const line of linesOf(bytes)) {
    const first = line.text[0]
    if (first === undefined || first === '#') continue
    invisible.look(line)
    if (first === '+' || first === '-') diagnostics.report('account-nis', line.span, 'NIS lines are skipped')
    else if (line.text.includes('\0')) diagnostics.report('account-malformed', line.span, 'the line holds NUL bytes')
    else yield line
  }
  invisible.end()
}

/** Every line with its span; text and span start after leading white space, as the C library reads it. */
export function* linesOf(bytes: Uint8Array): Generator<AccountLine, void, undefined> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  for (let line = 1, at = 0; at < text.length; line++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    let start = at
    while (start < end && /[ \t\v\f\r]/.test(text.charAt(start))) start++
    yield { text: text.slice(start, end), span: { line, start, end } }
    at = end + 1
  }
}

/** The greatest id: 2^32-1 is -1, which the system calls take for "none". */
const ID_MAX = 0xfffffffe

/** An id in decimal, or undefined. White space and a plus before it are allowed, as for the C library. */
export function parseId(text: ByteString): number | undefined {
  const digits = /^[ \t\v\f\r]*\+?(\d{1,30})$/.exec(text)?.[1]
  const id = digits === undefined ? Number.NaN : Number(digits)
  return id <= ID_MAX ? id : undefined
}

/** Reports a line that has fewer fields than its file: those that are missing are read as empty. */
export function checkFields({ text, span }: AccountLine, wanted: number, diagnostics: AccountDiagnostics): void {
  const fields = text.split(':').length
  if (fields < wanted) diagnostics.report('account-fields', span, `the line has ${fields} fields instead of ${wanted}`)
}

/** Whether the strings of an entry fit a record with offsets of 16 bits. If not, that is reported. */
export function stringsFit(
  { text, span }: AccountLine,
  strings: readonly ByteString[],
  diagnostics: AccountDiagnostics,
): boolean {
  if (lengthOf(strings) <= STRINGS_MAX) return true
  diagnostics.report('account-too-long', span, `the line has ${text.length} bytes, which is too long`)
  return false
}

/** An entry and the span of its line. */
export interface AccountEntry<Entry> {
  readonly entry: Entry
  readonly span: Span
}

/**
 * The entries of a file, in order. `entryOf` makes one of a line, or reports why not. A name may stand on several lines, as
 * for the C library: each after the first is reported.
 */
export function readEntries<Entry extends { readonly name: ByteString }>(
  bytes: Uint8Array,
  diagnostics: AccountDiagnostics,
  entryOf: (line: AccountLine, diagnostics: AccountDiagnostics) => Entry | undefined,
): AccountEntry<Entry>[] {
  const entries: AccountEntry<Entry>[] = []
  const names = new FirstOfName(diagnostics)
  for (const line of accountLines(bytes, diagnostics)) {
    const entry = entryOf(line, diagnostics)
    if (entry === undefined) continue
    entries.push({ entry, span: line.span })
    names.claim(entry.name, line.span)
  }
  return entries
}

/** On which line a name stands first: it is found there, a later line is reported. */
export class FirstOfName {
  readonly #known = new Map<ByteString, Span>()
  readonly #diagnostics: AccountDiagnostics

  constructor(diagnostics: AccountDiagnostics) {
    this.#diagnostics = diagnostics
  }

  /** Notes that a line has this name, and reports it where an earlier one has it. */
  claim(name: ByteString, span: Span): void {
    const earlier = this.#known.get(name)
    if (earlier === undefined) this.#known.set(name, span)
    else {
      const message = `${quoted(name)} is on line ${earlier.line} already; a look-up by name finds that line`
      this.#diagnostics.report('account-repeated', span, message, earlier)
    }
  }
}

/** Who has an id: a look-up by id finds the first exported entry; a later one is reported. */
export class FirstOfId {
  readonly #owners = new Map<number, { readonly name: ByteString; readonly span: Span }>()
  readonly #diagnostics: AccountDiagnostics

  constructor(diagnostics: AccountDiagnostics) {
    this.#diagnostics = diagnostics
  }

  /** Notes that `name` has this id, and reports it where another name has it already. */
  claim(id: number, name: ByteString, span: Span): void {
    const owner = this.#owners.get(id)
    if (owner === undefined) this.#owners.set(id, { name, span })
    else if (owner.name !== name)
      this.#diagnostics.report(
        'account-same-id',
        span,
        `${quoted(name)} has the id ${id} of ${quoted(owner.name)}`,
        owner.span,
      )
  }
}
