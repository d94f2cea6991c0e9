/** The commands that take the same settings. */
import type { CommandName } from '../synopsis.ts'

/** The daemons of masters and nodes. */
export const DAEMONS: readonly CommandName[] = ['serve', 'proxy']
/** The commands that run until they are ended; all of them answer DNS. */
export const DAEMON_COMMANDS: readonly CommandName[] = [...DAEMONS, 'dns']
/** The commands that read what a master reads. */
export const READERS: readonly CommandName[] = ['serve', 'check', 'export', 'explain']
/** The commands that decide which accounts go out, or come in. */
export const ACCOUNT_RULES: readonly CommandName[] = ['serve', 'proxy', 'check', 'export', 'explain']
/** The commands that keep the state of a master, and give it back. */
export const KEEPERS: readonly CommandName[] = ['backup', 'restore']
/** The commands that edit the configuration. */
export const EDITORS: readonly CommandName[] = ['add', 'set', 'remove']
/** The commands that ask a daemon of this machine. */
export const ASKERS: readonly CommandName[] = [
  'query',
  'explain',
  'status',
  'nodes',
  'reload',
  'history',
  'wait',
  'keys',
  ...EDITORS,
]
