/** The names by which the program is a command of its own. bin/kickback holds the same. */
import type { CommandName } from './row.ts'

/** What each name stands for. bpstat and beostatus are what users of Beowulf clusters know. */
export const PROGRAMS = [
  ['kickbackdaemon', 'serve'],
  ['kickbackproxy', 'proxy'],
  ['bpstat', 'nodes'],
  ['beostatus', 'nodes'],
] as const satisfies readonly (readonly [name: string, command: CommandName])[]
