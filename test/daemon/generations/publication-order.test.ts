import { mkdirSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { KeptHistory } from '../../../src/daemon/generations/kept-history.ts'
import { Scratch } from '../../cli/scratch.ts'
import { lacking } from '../../dns/programs.ts'
import { master } from '../../end-to-end/handlers/daemon.ts'
import { Gate } from '../../gate.ts'
import { client } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'
import { systemCalls } from '../../system-calls.ts'

const skip = lacking('strace')

/** The system calls of a master that starts and ends in these folders. */
function callsOfStart(scratch: Scratch): string[] {
  for (const name of ['run', 'state']) mkdirSync(scratch.path(name), { recursive: true })
  const names = {
    config: 'config',
    passwd: 'passwd',
    group: 'group',
    shadow: 'shadow',
    loginDefs: 'login.defs',
    networks: 'networks',
  }
  const given = {
    ...Object.fromEntries(Object.entries(names).map(([setting, name]) => [setting, [scratch.path(name)]])),
    runDir: [scratch.path('run')],
    stateDir: [scratch.path('state')],
    listen: ['127.0.0.1:0'],
  }
  const script = `
    const { startMaster } = await import('./src/daemon/index.ts')
    const { resolveSettings } = await import('./src/cli/settings/given.ts')
    const { createLogger } = await import('./src/cli/logger.ts')
    const { masterSettings } = await import('./src/cli/daemon-settings.ts')
    const settings = masterSettings({ settings: resolveSettings([new Map(Object.entries(${JSON.stringify(given)}))]), locations: new Map() })
    const logger = createLogger('plain', 'info', { write() {} })
    const master = await startMaster({ settings, version: '0', logger, pid: process.pid, uid: process.geteuid(), frontProgram: { words: [], environment: {} } })
    await master.close()
    process.exit(0)`
  return systemCalls(script, scratch.dir)
}

/** The place of the first call that is so; fails the test where there is none. */
function firstOf(t: Test, calls: readonly string[], wanted: RegExp): number {
  const place = calls.findIndex((call) => wanted.test(call))
  t.not(place, -1, `${wanted} in:\n${calls.join('\n')}`)
  return place
}

const SHADOW = /^rename.*\/private\/shadow\.1$/
const PUBLIC = /^rename.* \/(run|state)\/snapshot\.1$/

t.test(
  'the history is on disk first, then shadow, and then the public snapshot that says that there is shadow',
  { skip },
  async (t) => {
    const calls = callsOfStart(new Scratch(t))
    const history = firstOf(t, calls, /^fsync \/state\/history$/)
    const steps = [
      history,
      calls.indexOf('fsync /state', history),
      firstOf(t, calls, SHADOW),
      firstOf(t, calls, PUBLIC),
    ]
    t.same(
      steps,
      [...steps].sort((a, b) => a - b),
    )
  },
)

t.test('after a boot, too, shadow is there before the public snapshot that says so', { skip }, async (t) => {
  const scratch = new Scratch(t)
  callsOfStart(scratch)
  rmSync(scratch.path('run'), { recursive: true })
  const calls = callsOfStart(scratch)
  t.ok(firstOf(t, calls, SHADOW) < firstOf(t, calls, PUBLIC))
})

t.test('a generation is given to nobody before the history has it on disk', async (t) => {
  const scratch = new Scratch(t)
  await master(t, scratch)
  const asker = await client(t, { path: scratch.path('run/admin/socket') })
  const { generation } = await asker.status()
  const gate = new Gate()
  const { kept } = KeptHistory.prototype
  KeptHistory.prototype.kept = async function (this: KeptHistory) {
    await gate.pass()
    return kept.call(this)
  }
  t.teardown(() => {
    KeptHistory.prototype.kept = kept
  })
  scratch.append('passwd', 'late:x:4321:4321::/home/late:/bin/sh\n')
  const reload = asker.reload({}, 30_000)
  await until(() => gate.reached > 0)
  const other = await client(t, { path: scratch.path('run/socket') })
  t.equal((await other.status()).generation, generation)
  t.equal(await other.lookup('passwd', 'late'), undefined)
  gate.open()
  await reload
  t.ok(await other.lookup('passwd', 'late'))
})
