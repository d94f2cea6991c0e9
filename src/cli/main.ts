/** The program, with all of its commands. */
import { type CommandFiles, runProgram } from './program.ts'

/** Each command's file is read only when it is called: a query loads no server. */
const COMMAND_FILES: Required<CommandFiles> = {
  serve: () => import('./commands/serve.ts'),
  proxy: () => import('./commands/proxy.ts'),
  dns: () => import('./commands/dns.ts'),
  setup: () => import('./commands/setup/setup.ts'),
  nsswitch: () => import('./commands/setup/nsswitch.ts'),
  keys: () => import('./commands/keys.ts'),
  check: () => import('./commands/check.ts'),
  query: () => import('./commands/query.ts'),
  explain: () => import('./commands/explain/explain.ts'),
  export: () => import('./commands/formats/export.ts'),
  import: () => import('./commands/formats/import.ts'),
  status: () => import('./commands/status/status.ts'),
  nodes: () => import('./commands/nodes/nodes.ts'),
  reload: () => import('./commands/reload.ts'),
  history: () => import('./commands/history.ts'),
  wait: () => import('./commands/wait.ts'),
  add: () => import('./commands/edits/add.ts'),
  set: () => import('./commands/edits/set.ts'),
  remove: () => import('./commands/edits/remove.ts'),
  backup: () => import('./commands/state/backup.ts'),
  restore: () => import('./commands/state/restore.ts'),
  snapshot: () => import('./commands/snapshot.ts'),
}

await runProgram(COMMAND_FILES)
