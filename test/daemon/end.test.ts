import { mkdirSync } from 'node:fs'
import t from 'tap'
import { masterSettings } from '../../src/cli/daemon-settings.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'
import type { SettingName } from '../../src/cli/settings/table.ts'
import { startMaster } from '../../src/daemon/index.ts'
import { Scratch } from '../cli/scratch.ts'
import { watches } from './sources/watches.ts'

/** Settings of a master whose files are those of the scratch folder. */
function settingsIn(scratch: Scratch): ReturnType<typeof masterSettings> {
  for (const name of ['run', 'state']) mkdirSync(scratch.path(name))
  const given = new Map<SettingName, readonly string[]>([
    ['loginDefs', [scratch.path('login.defs')]],
    ['runDir', [scratch.path('run')]],
    ['stateDir', [scratch.path('state')]],
    ['listen', ['127.0.0.1:0']],
  ])
  for (const name of ['config', 'passwd', 'group', 'shadow'] as const) given.set(name, [scratch.path(name)])
  return masterSettings({ settings: resolveSettings([given]), locations: new Map() })
}

t.test('a master that has ended watches no folder, and holds no timer and no socket', async (t) => {
  const held = (): { readonly watches: number; readonly resources: readonly string[] } => ({
    watches: watches(),
    resources: process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|UDP|Pipe.*Server|FSEvent/.test(name)),
  })
  const settings = settingsIn(new Scratch(t))
  const before = held()
  const logger = createLogger('plain', 'info', { write() {} })
  const uid = process.geteuid?.() ?? 0
  const frontProgram = { words: [], environment: {} }
  const master = await startMaster({ settings, version: '0', logger, pid: process.pid, uid, frontProgram })
  t.ok(watches() > before.watches)
  await master.close()
  t.same(held(), before)
})
