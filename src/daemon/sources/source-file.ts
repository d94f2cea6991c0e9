/** The files that a generation is made from, as they are read. */
import { open, stat } from 'node:fs/promises'
import { FILE_DATABASE_NAMES, type FileDatabaseName } from '../../resolver/index.ts'
import { systemErrorCode, systemMessage } from '../../values/index.ts'

/** A file as it was read. */
export interface SourceFile {
  readonly path: string
  /** Its content; empty if it was not read. */
  readonly bytes: Uint8Array
  /** When it was last written, in whole seconds since 1970; 0 if it was not read. */
  readonly mtime: number
  readonly state: 'read' | 'absent' | 'unreadable'
  /** Why it was not read; empty if it was. */
  readonly reason: string
  /** True if it was not read for want of file descriptors or memory: that says nothing of the file. */
  readonly isStarved?: true
}

/** The errors that only say that the machine or the process has no more to give now (errno(3)). */
const STARVED: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/** Something failed for want of file descriptors or memory: it is to be tried again, as it is. */
export class StarvedError extends Error {
  override readonly name = 'StarvedError'
}

/** Whether that is why something failed. For a thread, Node gives it in the message only. */
export function isStarved(error: unknown): boolean {
  if (error instanceof StarvedError || STARVED.has(systemErrorCode(error) ?? '')) return true
  return error instanceof Error && /\b(EMFILE|ENFILE|ENOMEM)\b/.test(error.message)
}

/** The files that a generation is made from. */
const OWN_NAMES = ['config', 'passwd', 'group', 'shadow', 'loginDefs'] as const
/** The name of one of them: that of its setting. */
export type SourceName = (typeof OWN_NAMES)[number] | FileDatabaseName
/** Their names: the configuration, the accounts, and the files that are a database by themselves. */
export const SOURCE_NAMES: readonly SourceName[] = [...OWN_NAMES, ...FILE_DATABASE_NAMES]
/** All of them. */
export type Sources = Readonly<Record<SourceName, SourceFile>>
/** Where each of them is. */
export type SourcePaths = Readonly<Record<SourceName, string>>

/** Reads a file whole. Never rejects: a file that can't be read says so, and so does a FIFO, which could keep us for ever. */
export async function readSource(path: string): Promise<SourceFile> {
  const isFifo = await stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  )
  return isFifo ? unread(path, 'unreadable', 'it is a FIFO') : readPipe(path)
}

function unread(path: string, state: 'absent' | 'unreadable', reason: string): SourceFile {
  return { path, bytes: new Uint8Array(0), mtime: 0, state, reason }
}

async function readAnything(path: string): Promise<SourceFile> {
  const file = await open(path)
  try {
    const { mtimeMs } = await file.stat()
    return { path, bytes: await file.readFile(), mtime: Math.floor(mtimeMs / 1000), state: 'read', reason: '' }
  } finally {
    await file.close()
  }
}

/** Reads a file that may be a pipe, as the shell's `<(...)` gives one: waits until it ends. Never rejects. */
export async function readPipe(path: string): Promise<SourceFile> {
  try {
    return await readAnything(path)
  } catch (error) {
    const file = unread(path, systemErrorCode(error) === 'ENOENT' ? 'absent' : 'unreadable', systemMessage(error))
    return isStarved(error) ? { ...file, isStarved: true } : file
  }
}

/** Reads all files. */
export async function readSources(paths: SourcePaths): Promise<Sources> {
  const files = await Promise.all(SOURCE_NAMES.map(async (name) => [name, await readSource(paths[name])] as const))
  return Object.fromEntries(files) as Record<SourceName, SourceFile>
}

/** True when both were read to the same bytes, or neither was read. Time decides nothing. */
export function sameContent(a: SourceFile, b: SourceFile): boolean {
  return a.state === b.state && Buffer.compare(a.bytes, b.bytes) === 0
}
