/** The files that are a database by themselves: what is read of each says the database's own row. */
import type { DatabaseFile } from '../databases/database.ts'
import { type Entries, FILE_DATABASE_NAMES, FILE_DATABASES, type FileDatabaseName } from '../databases/table.ts'
import { type AccountDiagnostics, FirstOfName, InvisibleCharacters, linesOf } from './lines.ts'

/** The bytes of each file; undefined, or absent, where there is none. */
export type DatabaseFiles = { readonly [D in FileDatabaseName]?: Uint8Array | undefined }

/** What the files hold, each list in the order of its file. */
export type FileEntries = { readonly [D in FileDatabaseName]: readonly Entries[D][] }

/** Reads all files, and reports bad lines, which are left out, to the diagnostics of their file. */
export function readFiles(
  files: DatabaseFiles,
  diagnosticsOf: (name: FileDatabaseName) => AccountDiagnostics,
): { entries: FileEntries; diagnostics: readonly AccountDiagnostics[] } {
  const diagnostics: AccountDiagnostics[] = []
  const entries = FILE_DATABASE_NAMES.map((name) => {
    const own = diagnosticsOf(name)
    diagnostics.push(own)
    return [name, entriesOf(FILE_DATABASES[name].file, files[name] ?? new Uint8Array(), own)] as const
  })
  return { entries: Object.fromEntries(entries) as unknown as FileEntries, diagnostics }
}

function entriesOf<Entry extends object>(
  file: DatabaseFile<Entry>,
  bytes: Uint8Array,
  diagnostics: AccountDiagnostics,
) {
  const entries: Entry[] = []
  const names = new FirstOfName(diagnostics)
  const invisible = new InvisibleCharacters(diagnostics)
  for (const line of linesOf(bytes)) {
    const text = line.text.replace(/(?<![ \t\r])[ \t\r]+$/, '')
    if (text === '' || text.startsWith('#')) continue
    invisible.look({ ...line, text })
    const entry = text.includes('\0') ? NUL : file.read(text)
    if ('code' in entry) diagnostics.report(entry.code, line.span, entry.message)
    else {
      entries.push(entry)
      names.claim(file.nameOf(entry), line.span)
    }
  }
  invisible.end()
  return entries
}

const NUL = { code: 'account-malformed', message: 'the line holds NUL bytes' } as const
