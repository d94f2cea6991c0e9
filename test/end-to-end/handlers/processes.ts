/** Handlers that belong to a whole process: what each is made to run by, and how the process is afterwards. */

import type { HandlerName } from '../../../src/values/handler-list.ts'
import { type Running, Scratch } from '../../cli/scratch.ts'
import type { Tap } from '../../folder.ts'
import { freePort } from '../../free-port.ts'

const CHILD = new URL('./child.ts', import.meta.url).pathname

/** Makes the handler run in a process; gives what the process is to end with after SIGTERM, once it lives on. */
export type ProcessScenario = (t: Tap) => Promise<{ readonly child: Running; readonly code: number }>

async function serving(t: Tap, name: HandlerName, trigger: (child: Running) => unknown): Promise<Running> {
  const scratch = new Scratch(t)
  const child = scratch.start([name, 'serve', ...scratch.flags], {}, CHILD)
  await child.logged('ready')
  trigger(child)
  return child
}

const signalled =
  (name: HandlerName, signal: NodeJS.Signals): ProcessScenario =>
  async (t) => ({
    child: await serving(t, name, ({ process }) => process.kill(signal)),
    code: 0,
  })

/** A proxy that takes its first generation. */
const following =
  (name: HandlerName): ProcessScenario =>
  async (t) => {
    const scratch = new Scratch(t)
    const { place } = await scratch.serve()
    const folders = ['--run-dir', scratch.path('node'), '--state-dir', scratch.path('node-state')]
    const words = ['proxy', '--master', place, '--insecure', ...folders, '--dns', `127.0.0.1:${await freePort()}`]
    return { child: scratch.start([name, ...words], {}, CHILD), code: 0 }
  }

/** A proxy whose own passwd file changes once it has a generation. */
const changing =
  (name: HandlerName): ProcessScenario =>
  async (t) => {
    const scratch = new Scratch(t)
    const { place } = await scratch.serve()
    scratch.write('own', 'root:x:0:0::/:/bin/sh\n')
    scratch.write('node.toml', `passwd = "${scratch.path('own')}"\n`)
    const folders = ['--run-dir', scratch.path('node'), '--state-dir', scratch.path('node-state')]
    const words = ['proxy', '--master', place, '--insecure', ...folders, '--settings', scratch.path('node.toml')]
    const child = scratch.start([name, ...words], {}, CHILD)
    // Until it watches the file: nothing says when that is.
    const changes = setInterval(() => scratch.append('own', 'ada:x:77:77::/:/bin/sh\n'), 1000)
    t.teardown(() => clearInterval(changes))
    return { child, code: 0 }
  }

/** The scenarios. */
export const PROCESSES: { readonly [Name in HandlerName]?: ProcessScenario } = {
  'uncaught exception': signalled('uncaught exception', 'SIGUSR2'),
  'unhandled rejection': signalled('unhandled rejection', 'SIGUSR2'),
  SIGHUP: signalled('SIGHUP', 'SIGHUP'),
  'log error': async (t) => ({
    child: await serving(t, 'log error', ({ process }) => {
      process.stderr?.destroy()
      process.kill('SIGHUP')
    }),
    code: 0,
  }),
  'signal to end': async (t) => ({
    child: await serving(t, 'signal to end', ({ process }) => process.kill('SIGTERM')),
    code: 1,
  }),
  'end deadline': async (t) => {
    const child = new Scratch(t).start(['end deadline', 'hang'], {}, CHILD)
    await child.logged('ready')
    child.process.kill('SIGTERM')
    return { child, code: 1 }
  },
  readiness: async (t) => {
    const scratch = new Scratch(t)
    return { child: scratch.start(['readiness', 'serve', ...scratch.flags], {}, CHILD), code: 0 }
  },
  'readiness deadline': async (t) => ({
    child: new Scratch(t).start(['readiness deadline', 'wait'], {}, CHILD),
    code: 0,
  }),
  'generation taken': following('generation taken'),
  logins: following('logins'),
  'own accounts': changing('own accounts'),
  'accounts told': following('accounts told'),
  'front of a node': following('front of a node'),
}
