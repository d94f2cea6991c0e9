/** A source: gives content that generations are made from, and says when that changed. */
import { FILE_DATABASE_NAMES, type FileDatabaseName } from '../../resolver/index.ts'

/** What a source gave at one time. Plain data. */
export interface SourceContent {
  /** What people call the source: the path of a file. */
  readonly origin: string
  /** Empty if it was not read. */
  readonly bytes: Uint8Array
  /** When the content was written, in whole seconds since 1970; 0 if it was not read, or nobody knows. */
  readonly time: number
  readonly state: 'read' | 'absent' | 'unreadable'
  /** Why it was not read; empty if it was. */
  readonly reason: string
  /** True if it was not read for want of file descriptors or memory: that says nothing of the source. */
  readonly isStarved?: true
}

/** What a source under watch reports. */
export interface SourceEvents {
  /** It has a new content, which is believed from now on. */
  readonly changed: () => void
  /** Something happened to it: there may be a new content soon. */
  readonly stirred?: () => void
  /** It changes for so long that it can't be read whole: reported once. */
  readonly restless: () => void
}

/** One source: a file, or whatever else can say what it holds. */
export interface Source {
  /** What people call it, as in its content. */
  readonly origin: string
  /** The content that is believed; undefined before the first `read`. */
  readonly believed: SourceContent | undefined
  /** What is there now; what is believed stays. Never rejects: a source that cannot be read has a reason. */
  glance(): Promise<SourceContent>
  /** What is there now, which is believed from then on: a reload was requested. Never rejects. */
  read(): Promise<SourceContent>
  /** Watches from now on: what is new since the last `read` is believed as soon as it is whole. */
  follow(events: SourceEvents): void
  /** Resolves when nothing that has changed waits to be believed. Never rejects; at once unless set. */
  settled?(): Promise<void>
  /** Ends the watch: nothing more is reported. */
  close(): void
}

/** The sources that a generation is made from, besides the files that are a database each. */
const OWN_NAMES = ['config', 'passwd', 'group', 'shadow', 'loginDefs', 'netgroup'] as const
/** The name of one of them: that of its setting. */
export type SourceName = (typeof OWN_NAMES)[number] | FileDatabaseName
/** Their names: the configuration, the accounts, and the files that are a database by themselves. */
export const SOURCE_NAMES: readonly SourceName[] = [...OWN_NAMES, ...FILE_DATABASE_NAMES]
/** The contents of all of them. */
export type Sources = Readonly<Record<SourceName, SourceContent>>

/** The content of each source, as `contentOf` gives it. */
export async function allSources(contentOf: (name: SourceName) => Promise<SourceContent>): Promise<Sources> {
  const contents = await Promise.all(SOURCE_NAMES.map(async (name) => [name, await contentOf(name)] as const))
  return Object.fromEntries(contents) as Record<SourceName, SourceContent>
}

/** True when both were read to the same bytes, or neither was read. Time decides nothing. */
export function sameContent(a: SourceContent, b: SourceContent): boolean {
  return a.state === b.state && Buffer.compare(a.bytes, b.bytes) === 0
}
