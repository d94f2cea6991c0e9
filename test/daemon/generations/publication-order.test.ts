import { mkdirSync } from 'node:fs'
import t from 'tap'
import { Scratch } from '../../cli/scratch.ts'
import { lacking } from '../../dns/programs.ts'
import { systemCalls } from '../../system-calls.ts'

t.test(
  'the history is on disk first, then shadow, and then the public snapshot that says that there is shadow',
  {
    skip: lacking('strace'),
  },
  async (t) => {
    const scratch = new Scratch(t)
    mkdirSync(scratch.path('run'))
    mkdirSync(scratch.path('state'))
    const names = { config: 'config', passwd: 'passwd', group: 'group', shadow: 'shadow', loginDefs: 'login.defs' }
    const given = {
      ...Object.fromEntries(Object.entries(names).map(([setting, name]) => [setting, [scratch.path(name)]])),
      runDir: [scratch.path('run')],
      stateDir: [scratch.path('state')],
      listen: ['127.0.0.1:0'],
    }
    const script = `
    const { Master } = await import('./src/daemon/index.ts')
    const { resolveSettings } = await import('./src/cli/settings.ts')
    const { createLogger } = await import('./src/cli/logger.ts')
    const { masterSettings } = await import('./src/cli/daemon-settings.ts')
    const settings = masterSettings(resolveSettings([new Map(Object.entries(${JSON.stringify(given)}))]))
    const logger = createLogger('plain', 'info', { write() {} })
    const master = await Master.start({ settings, version: '0', logger, pid: process.pid, uid: process.geteuid() })
    await master.close()
    process.exit(0)`
    const calls = systemCalls(script, scratch.dir)
    const first = (wanted: RegExp) => calls.findIndex((call) => wanted.test(call))
    const steps = [
      first(/^fsync \/state\/history$/),
      calls.indexOf('fsync /state', first(/^fsync \/state\/history$/)),
      first(/^rename.*\/private\/shadow\.1$/),
      first(/^rename.* \/(run|state)\/snapshot\.1$/),
    ]
    t.ok(
      steps.every((step) => step >= 0),
      calls.join('\n'),
    )
    t.same(
      steps,
      [...steps].sort((a, b) => a - b),
    )
  },
)
