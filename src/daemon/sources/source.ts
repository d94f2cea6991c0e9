/** A source: gives content that generations are made from, and says when that changed. */
import type { SourceFile } from './source-file.ts'

/** One source under watch. Its maker gets a call for each change that is believed. */
export interface Source {
  /** The content that is believed now. */
  readonly believed: SourceFile
  /** Reads the source now, and believes it: a reload was requested. Never rejects: a source that cannot be read has a reason. */
  reread(): Promise<SourceFile>
  /** Ends the watch: there are no more calls. */
  close(): void
}
