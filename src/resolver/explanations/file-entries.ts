/** Explanations of the databases that are a file by themselves, as networks: which line has an entry. */
import { type Related, SourceText, type Span } from '../../config/index.ts'
import { linesOf } from '../accounts/lines.ts'
import { answer } from '../answers/answers.ts'
import { DATABASES, FILE_DATABASES, type FileDatabaseName } from '../databases/table.ts'
import { type ByteString, displayed } from '../records/entries.ts'
import { type Evidence, type EvidenceFile, named } from './evidence.ts'
import { absent, type Explanation } from './explanation.ts'
import { absentNear } from './near.ts'

/** Explains a key of such a database as it was typed. */
export function explainFileEntry(evidence: Evidence, database: FileDatabaseName, typed: ByteString): Explanation {
  const { getent, decode } = DATABASES[database]
  const key = getent.key(typed)
  const record = answer(evidence.snapshot, database, key)
  const file = evidence.accounts?.files[database]
  if (record === undefined) {
    if ('name' in key) return absentNear(evidence.snapshot, database, key.name, 'network')
    return absent('unknown', `no line of ${file?.file ?? 'the file on the master'} has the number ${displayed(typed)}`)
  }
  const name = FILE_DATABASES[database].file.nameOf(decode(record))
  return {
    code: 'found',
    message: `${named(name)} is in ${database}`,
    lines: file === undefined ? [] : lines(database, file, name),
    record,
  }
}

function lines(
  database: FileDatabaseName,
  { file, bytes = new Uint8Array() }: EvidenceFile,
  name: ByteString,
): Related[] {
  const { read, nameOf } = FILE_DATABASES[database].file
  const text = new SourceText(file, bytes)
  for (const line of linesOf(bytes)) {
    const content = line.text.replace(/(?<![ \t\r])[ \t\r]+$/, '')
    if (content === '' || content.startsWith('#')) continue
    const entry = read(content)
    if (!('code' in entry) && nameOf(entry) === name) return [cite(text, line.span)]
  }
  return []
}

function cite(text: SourceText, span: Span): Related {
  return { ...text.locate(span), message: 'is the entry' }
}
