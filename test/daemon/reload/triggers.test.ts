import t from 'tap'
import type { Reloader } from '../../../src/daemon/reload/reloader.ts'
import { ReloadTriggers } from '../../../src/daemon/reload/triggers.ts'
import type { Sources } from '../../../src/daemon/sources/source.ts'
import { sourcesOf } from '../sources.ts'

/** Triggers of a reloader whose reloads begin when the test lets them; what was asked of it, and what it read. */
function triggers() {
  const asked: string[] = []
  const read: string[] = []
  const waiting: (() => Promise<unknown>)[] = []
  const reading = (how: string) => async (): Promise<Sources> => {
    read.push(how)
    return sourcesOf(1)
  }
  const reload: Reloader['reload'] = async (cause, sources, options) => {
    asked.push(`${cause} ${JSON.stringify(options)}`)
    await new Promise<void>((resolve) => waiting.push(async () => resolve()))
    await sources()
    return { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] }
  }
  const glance = async (others: object = {}): Promise<Sources> => reading(`glance ${Object.keys(others)}`)()
  const settled = async (): Promise<void> => void read.push('settled')
  const made = new ReloadTriggers({ read: reading('read'), glance, believed: reading('believed'), settled }, { reload })
  /** Lets all reloads begin, and waits until they have read. */
  const begin = async (): Promise<void> => {
    for (const next of waiting.splice(0)) await next()
    await new Promise(setImmediate)
  }
  return { triggers: made, asked, read, begin }
}

const AUTOMATIC = '{"dryRun":false,"force":false}'

t.test('a flood of signals is one reload until that has begun, and reads all', async (t) => {
  const { triggers: one, asked, read, begin } = triggers()
  for (let i = 0; i < 5; i++) one.signalled()
  t.same(asked, [`SIGHUP ${AUTOMATIC}`])
  await begin()
  t.same(read, ['read'])
  one.signalled()
  t.equal(asked.length, 2, 'what comes later is another one')
})

t.test('sources that change while a reload waits are one reload, of what is believed of each', async (t) => {
  const { triggers: one, asked, read, begin } = triggers()
  for (const origin of ['/etc/passwd', '/etc/group']) one.changed(origin)
  t.same(asked, [`change of /etc/passwd ${AUTOMATIC}`])
  await begin()
  t.same(read, ['settled', 'believed'], 'once those that were written with it are believed too')
  one.changed('/etc/group')
  t.equal(asked[1], `change of /etc/group ${AUTOMATIC}`)
})

t.test('a signal does not stand in for a change, nor a change for a signal', async (t) => {
  const { triggers: one, asked } = triggers()
  one.changed('/etc/passwd')
  one.signalled()
  t.equal(asked.length, 2)
})

t.test('a request reads all; a dry run leaves them to the watch, and may be of another configuration', async (t) => {
  const { triggers: one, asked, read, begin } = triggers()
  const reports = [
    one.requested({ dryRun: false, force: true }),
    one.requested({ dryRun: true, force: false }),
    one.requested({ dryRun: true, force: false, config: '/tmp/config' }),
  ]
  await begin()
  await Promise.all(reports)
  t.same(read, ['read', 'glance ', 'glance config'])
  t.equal(asked[0], 'request {"dryRun":false,"force":true}')
})

t.test('what is asked for is the cause: a request, a release, or a way back', async (t) => {
  const { triggers: one, asked } = triggers()
  void one.requested({ dryRun: false, force: false, release: true })
  void one.requested({ dryRun: false, force: false, backTo: 7 })
  t.match(asked, [/^release /, /^back to generation 7 /])
})
