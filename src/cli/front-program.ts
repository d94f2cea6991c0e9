/** How the processes of a daemon that answer DNS and HTTP are started: this program, with the command `dns`. */
import { join } from 'node:path'
import type { OwnProgram } from '../daemon/index.ts'
import type { Settings } from './settings/table.ts'

/** What such a process has of our environment. */
const KEPT = ['PATH', 'TZ', 'LANG', 'LC_ALL'] as const

/** The option of V8 with which bin/kickback and the launcher start Node where the kernel refuses it memory for a compiler. */
export const NO_COMPILER = '--jitless'

/** The program, which logs as we do. All else it is told by the channel: it need not be able to read the settings. */
export function frontProgram({ logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>): OwnProgram {
  const main = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'main.ts' : 'main.js')
  const logging = ['--log-level', logLevel, '--log-format', logFormat]
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    words: [
      process.execPath,
      ...process.execArgv.filter((word) => word === NO_COMPILER),
      main,
      'dns',
      '--settings',
      '/dev/null',
      ...logging,
    ],
    environment: Object.fromEntries(kept),
  }
}
