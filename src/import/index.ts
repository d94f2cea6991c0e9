/** Moving in: what files of other programs say about machines becomes a configuration. */
import type { Written } from './configuration/write.ts'
import type { ImportedFile, ImportOptions } from './files.ts'
import type { ImportFormat } from './formats.ts'

export type { Written } from './configuration/write.ts'
export { ImportError } from './entry.ts'
export type { ImportedFile } from './files.ts'
export { IMPORT_FORMATS, type ImportFormat } from './formats.ts'

/** As `importFiles` of files.ts. The readers and the parser of YAML are loaded when they are needed: no other command waits for them. */
export async function importFiles(
  format: ImportFormat,
  files: readonly ImportedFile[],
  options: ImportOptions,
): Promise<Written> {
  const importing = await import('./files.ts')
  return importing.importFiles(format, files, options)
}
