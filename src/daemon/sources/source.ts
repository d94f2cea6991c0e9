/** A source: gives content that generations are made from, and says when that changed. */
import type { SourceFile } from './source-file.ts'

/** One source under watch. What makes it is told of each change that is believed. */
export interface Source {
  /** The content that is believed now. */
  readonly believed: SourceFile
  /** Reads what is there now, and believes it: somebody asked for that. Never rejects: what can't be read says so. */
  reread(): Promise<SourceFile>
  /** Ends the watch: nobody is told any more. */
  close(): void
}
