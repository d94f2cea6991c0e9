/** How the processes of a daemon that answer DNS and HTTP are started: by front.ts beside this file, or what it was made. */
import { join } from 'node:path'
import type { OwnProgram } from '../../daemon/index.ts'
import { ProgramFile } from '../../values/index.ts'
import { NO_COMPILER } from '../daemon.ts'
import type { Settings } from '../settings/table.ts'

/** What such a process has of our environment. */
const KEPT = ['PATH', 'TZ', 'LANG', 'LC_ALL'] as const

/** The program, which logs as we do. All else it is told by the channel: it need not be able to read the settings. */
export function frontProgram({ logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>): OwnProgram {
  const front = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'front.ts' : 'front.js')
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    words: [process.execPath, ...process.execArgv.filter((word) => word === NO_COMPILER), front, logLevel, logFormat],
    file: new ProgramFile(front),
    environment: Object.fromEntries(kept),
  }
}
