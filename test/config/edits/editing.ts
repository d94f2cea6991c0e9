// Edits as tests look at them: texts in place of bytes.
import type { Edited } from '../../../src/config/index.ts'

/** What an edit makes of a text. */
export function edited(text: string, edit: (bytes: Uint8Array) => Edited): string {
  return Buffer.from(edit(Buffer.from(text)).bytes).toString()
}
