/** The child that a process of a daemon is: it has a channel, and the folders whose files it reads, and of our environment only what it is given. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { PROCESS_FDS } from './channel/channel.ts'
import type { StartPlan } from './privileges.ts'

/** A child, and our end of its channel. */
interface Spawned {
  readonly child: ChildProcess
  readonly pair: Duplex
}

/** Starts a child by its plan: the folders are its descriptors from PROCESS_FDS.folder on. Throws the system's error where one can't be opened. */
export function spawned(
  { words: [command = '', ...args] }: StartPlan,
  environment: Readonly<Record<string, string>>,
  folders: readonly string[],
): Spawned {
  const opened: number[] = []
  try {
    // The process finds the files by these descriptors, wherever the folders are: it may search no folder that is not for everyone.
    for (const folder of folders) opened.push(openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY))
    const child = spawn(command, args, {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', ...opened],
    })
    return { child, pair: child.stdio[PROCESS_FDS.channel] as Duplex }
  } finally {
    for (const folder of opened) closeSync(folder)
  }
}
