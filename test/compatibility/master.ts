/** A master on the sources and the state that a recording has. */
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Running, Scratch } from '../cli/scratch.ts'
import type { Tap } from '../folder.ts'
import type { Recording } from './recording.ts'

/** The folder of a master with these sources and this state, not started yet. */
export function recordedMaster(t: Tap, recording: Recording): Scratch {
  const scratch = new Scratch(t)
  const from = recording.unpacked(t, 'master')
  cpSync(join(from, 'sources'), scratch.dir, { recursive: true, preserveTimestamps: true })
  cpSync(join(from, 'state'), scratch.path('state'), { recursive: true, preserveTimestamps: true })
  return scratch
}

/** A new master, with the sources of the first recorded generation, which has no newcomer. */
export function newMaster(t: Tap, recording: Recording): Scratch {
  const scratch = recordedMaster(t, recording)
  rmSync(scratch.path('state'), { recursive: true })
  const passwd = readFileSync(scratch.path('passwd'), 'latin1')
  scratch.write('passwd', Buffer.from(passwd.replace(/^newcomer:.*\n/m, ''), 'latin1'))
  return scratch
}

/** Starts it, by the program whose main file this is (today's without it), and waits until it is ready. */
export async function started(scratch: Scratch, program?: string): Promise<Running> {
  const daemon = scratch.start(['serve', ...scratch.flags], {}, program)
  await daemon.logged('ready')
  return daemon
}

/** What `kickback status` of a program says of the daemon of a folder; its exit code with it. */
export async function statusOf(scratch: Scratch, program?: string) {
  const ended = await scratch.start(['status', '--json', '--run-dir', scratch.path('run')], {}, program).ended
  if (ended.code !== 0 && ended.code !== 3) throw new Error(`status ended with ${ended.code}: ${ended.stderr}`)
  return { code: ended.code, ...JSON.parse(ended.stdout) }
}
