/** The processes that a test file has started and that outlive it, found by its session, and by a mark in their environment. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** How long what was killed has to end, in milliseconds. */
const ENDING = 10_000
/** The pause between two looks, in milliseconds. */
const PAUSE = 50
/** The variable of the environment that has the mark. */
export const MARK = 'KICKBACK_TEST_FILE'

/** How the processes of a test file are known. */
export interface FileProcesses {
  /** The pid of the test file, which leads a session: those that it starts are in it, unless they begin one of their own. */
  readonly session: number
  /** What MARK is for them, unless they were started with another environment. */
  readonly mark: string
}

/** A process that is still there. */
interface Leftover {
  readonly pid: number
  readonly command: string
}

/** The processes of a test file that run now, but for itself. */
export function leftoversOf({ session, mark }: FileProcesses): readonly Leftover[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.flatMap((name) => {
    const stat = textOf(`/proc/${name}/stat`)
    const [state, , , itsSession] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const pid = Number(name)
    if (stat === '' || state === 'Z' || state === 'X' || pid === session) return []
    const isMarked = textOf(`/proc/${name}/environ`).split('\0').includes(`${MARK}=${mark}`)
    if (Number(itsSession) !== session && !isMarked) return []
    return [{ pid, command: textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }]
  })
}

/** Kills all of them now. */
export function killLeftovers(of: FileProcesses): void {
  for (const { pid } of leftoversOf(of)) killed(pid)
}

/** Ends what outlives a test file that has ended, and gives those that did not end by themselves within `patience`, in milliseconds. */
export async function endLeftovers(of: FileProcesses, patience: number): Promise<readonly Leftover[]> {
  const left = await remaining(of, patience)
  killLeftovers(of)
  await remaining(of, ENDING)
  return left
}

/** Those that are left when none is, or after this time in milliseconds. */
async function remaining(of: FileProcesses, patience: number): Promise<readonly Leftover[]> {
  const end = performance.now() + patience
  for (;;) {
    const left = leftoversOf(of)
    if (left.length === 0 || performance.now() >= end) return left
    await pause(PAUSE)
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, or is of another user: it is told as left.
  }
}

/** What a file of a process says; empty where the process is gone or belongs to somebody else. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
