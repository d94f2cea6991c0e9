// What a command loads before it does anything: the code of the daemons takes longer than most commands.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const DAEMONS = pathToFileURL(join(import.meta.dirname, '../../src/daemon')).href

/** Commands that ask a daemon, or read a file, and no more. */
const LIGHT = {
  query: () => import('../../src/cli/commands/query.ts'),
  status: () => import('../../src/cli/commands/status/status.ts'),
  nodes: () => import('../../src/cli/commands/nodes/nodes.ts'),
  reload: () => import('../../src/cli/commands/reload.ts'),
  history: () => import('../../src/cli/commands/history.ts'),
  wait: () => import('../../src/cli/commands/wait.ts'),
  snapshot: () => import('../../src/cli/commands/snapshot.ts'),
  keys: () => import('../../src/cli/commands/keys.ts'),
  nsswitch: () => import('../../src/cli/commands/setup/nsswitch.ts'),
} as const

t.test('a command that asks a daemon, or reads a file, does not load the daemons', async (t) => {
  let loaded: string[] = []
  const hooks = registerHooks({
    load: (url, context, next) => {
      if (url.startsWith(`${DAEMONS}/`)) loaded.push(url)
      return next(url, context)
    },
  })
  t.teardown(() => hooks.deregister())
  for (const [command, load] of Object.entries(LIGHT)) {
    await load()
    t.same(loaded, [], command)
    loaded = []
  }
  await import('../../src/cli/commands/serve.ts')
  t.ok(loaded.length > 50, 'control')
})
