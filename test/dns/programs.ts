/** Programs of others that tests hold us against. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Where programs are, on machines where /usr/sbin is not on the path too. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin']

/** The path of a program; undefined where it is not installed. */
export function program(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** What tap wants to skip a test: why, or false where every program is there. */
export function lacking(...names: readonly string[]): string | false {
  const missing = names.filter((name) => program(name) === undefined)
  return missing.length === 0 ? false : `not installed: ${missing.join(', ')}`
}

/** How a program ended. */
export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, twenty seconds at most. */
export async function run(name: string, ...args: readonly string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program(name) ?? name, args, {
      timeout: 20_000,
      maxBuffer: 64 << 20,
      encoding: 'latin1',
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: typeof code === 'number' ? code : -1, stdout: stdout ?? '', stderr: stderr ?? String(error) }
  }
}

/** Starts a program in the foreground; what it says goes nowhere unless its end is not asked for. */
export function start(name: string, ...args: readonly string[]): ChildProcess {
  return spawn(program(name) ?? name, args, { stdio: process.env.KICKBACK_TEST_LOUD ? 'inherit' : 'ignore' })
}

/** Ends a program and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await ended
  clearTimeout(timer)
}
