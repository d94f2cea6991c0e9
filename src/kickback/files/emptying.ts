/**
 * Giving back the memory of superseded files. Every idle process keeps its old map, and /run is memory: without this, a
 * thousand generations would be kept a thousand times.
 *
 * The file must keep its length, since readers of a map beyond the end get SIGBUS; zeros that are written take as much memory
 * as what they overwrite. Only punching a hole frees it (fallocate(2), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE), which Node
 * can't call: a module of ours does, and where there is none fallocate(1) of util-linux, given the open file, since its name is gone. To start a
 * program takes a large process tens of milliseconds, in which it answers nobody.
 */
import { spawn } from 'node:child_process'
import { layout } from '../../resolver/index.ts'
import { handlers, printable } from '../../values/index.ts'
import { type Superseded, setState } from './replacement.ts'

/** The header stays, with its state word: a hole starts on the next page. */
const KEPT = 4096
/** Holes end on a multiple of the largest page, beyond the end of the file: a part of a page is not freed. */
const PAGE_MAX = 64 * 1024
/**
 * How much is freed at once, in bytes. To free a file in memory takes the processor half a millisecond for it. A kernel without preemption (PREEMPT_NONE) does
 * not give the processor to other threads meanwhile.
 */
const PIECE = 4 * 1024 * 1024
/** The descriptor that the child finds the file by. */
const CHILD_FD = 3

/** Frees a part of an open file; its length stays, and zeros are read there. Rejects with what the system says. */
export type Punch = (fd: number, offset: number, length: number) => Promise<void>

/** Marks a superseded file emptied. Readers look at the mark again after they copied, so no one takes a zero for an answer. */
export function markEmptied({ file }: Superseded): Promise<void> {
  return setState(file, layout.STATES.EMPTIED)
}

/**
 * Frees the body of a file that was marked emptied some time ago, and closes it: where no memory is left, a reader who looked at
 * the mark before and reads the body after gets SIGBUS. Throws if the body can't be freed; the file is closed even then.
 */
export async function free({ file, size }: Superseded, punch?: Punch): Promise<void> {
  try {
    const end = Math.ceil(size / PAGE_MAX) * PAGE_MAX
    if (size <= KEPT) return
    if (punch === undefined) await punchByProgram(file.fd, KEPT, end - KEPT)
    else for (let at = KEPT; at < end; at += PIECE) await punch(file.fd, at, Math.min(PIECE, end - at))
  } finally {
    await file.close()
  }
}

function punchByProgram(fd: number, offset: number, length: number): Promise<void> {
  const options = ['--punch-hole', '--offset', String(offset), '--length', String(length), `/proc/self/fd/${CHILD_FD}`]
  return new Promise((resolve, reject) => {
    const child = spawn('fallocate', options, { stdio: ['ignore', 'ignore', 'pipe', fd] })
    let said = ''
    const hear = (bytes: Buffer): void => {
      said = (said + bytes.toString('latin1')).slice(0, 500)
    }
    const ended = (code: number | null): void => {
      if (code === 0) resolve()
      else reject(new Error(`fallocate(1) ended with ${code}: ${printable(said.trim(), 500)}`))
    }
    child.stderr?.on('data', handlers.guard('fallocate output', hear))
    child.on('error', handlers.guard('fallocate error', reject, reject))
    child.on('close', handlers.guard('fallocate end', ended, reject))
  })
}
