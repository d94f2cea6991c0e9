/** The child that a process of a daemon is: it has a channel, and the folder whose files it reads, and of our environment only what it is given. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { handlers } from '../../values/index.ts'
import { PROCESS_FDS } from './channel/channel.ts'
import type { StartPlan } from './privileges.ts'

/** A child, and our end of its channel. */
interface Spawned {
  readonly child: ChildProcess
  readonly pair: Duplex
}

/** Starts a child by its plan: the folder is its descriptor PROCESS_FDS.folder. Throws the system's error where it can't be opened, and Error where no descriptor is free for the channel. */
export function spawned(
  { words: [command = '', ...args] }: StartPlan,
  environment: Readonly<Record<string, string>>,
  folder: string,
): Spawned {
  // The process finds the file by this descriptor, wherever the folder is: it may search no folder that is not for everyone.
  const opened = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const child = spawn(command, args, {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', opened],
    })
    const pair = (child.stdio as ChildProcess['stdio'] | undefined)?.[PROCESS_FDS.channel]
    if (pair !== undefined) return { child, pair: pair as Duplex }
    // Then Node makes no pipes, and gives the error as an event that nobody would hear.
    child.on(
      'error',
      handlers.guard('front process error', () => {}),
    )
    throw new Error(`${command} cannot be started: no descriptor is free for its channel (EMFILE or ENFILE)`)
  } finally {
    closeSync(opened)
  }
}
