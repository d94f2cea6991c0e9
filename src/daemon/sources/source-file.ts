/** Files as sources are read from: whole, whatever stands at their path. */
import { open, stat } from 'node:fs/promises'
import { systemErrorCode, systemMessage } from '../../values/index.ts'
import { allSources, type SourceContent, type SourceName, type Sources } from './source.ts'
import { isStarved } from './starvation.ts'

/** The path of each source that is a file. */
export type SourcePaths = Readonly<Record<SourceName, string>>

/** Reads a file whole. Never rejects: a file that can't be read says so, and so does a FIFO, which could keep us for ever. */
export async function readSource(path: string): Promise<SourceContent> {
  const isFifo = await stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  )
  return isFifo ? unread(path, 'unreadable', 'it is a FIFO') : readPipe(path)
}

function unread(origin: string, state: 'absent' | 'unreadable', reason: string): SourceContent {
  return { origin, bytes: new Uint8Array(0), time: 0, state, reason }
}

async function readAnything(path: string): Promise<SourceContent> {
  const file = await open(path)
  try {
    const { mtimeMs } = await file.stat()
    return { origin: path, bytes: await file.readFile(), time: Math.floor(mtimeMs / 1000), state: 'read', reason: '' }
  } finally {
    await file.close()
  }
}

/** Reads a file that may be a pipe, as the shell's `<(...)` gives one: waits until it ends. Never rejects. */
export async function readPipe(path: string): Promise<SourceContent> {
  try {
    return await readAnything(path)
  } catch (error) {
    const file = unread(path, systemErrorCode(error) === 'ENOENT' ? 'absent' : 'unreadable', systemMessage(error))
    return isStarved(error) ? { ...file, isStarved: true } : file
  }
}

/** Reads all files. */
export function readSources(paths: SourcePaths): Promise<Sources> {
  return allSources((name) => readSource(paths[name]))
}
