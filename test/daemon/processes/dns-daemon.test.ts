import { renameSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { createLogger } from '../../../src/cli/logger.ts'
import { DnsDaemon } from '../../../src/daemon/processes/dns-daemon.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { endpoint, settingsOf, snapshotOf } from '../../dns/cluster.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'

t.test('who has privileges to give up answers nobody before, by HTTP neither', async (t) => {
  const dir = folder(t)
  const lines: string[] = []
  const said = (text: string): boolean => lines.some((line) => line.includes(text))
  const daemon = await DnsDaemon.start({
    dns: settingsOf({ listen: [endpoint('127.0.0.1', 0)] }),
    folders: [dir],
    trust: new Trust({ key: undefined }),
    uid: () => process.geteuid?.() ?? 0,
    opened: () => void lines.push('privileges are given up'),
    http: { host: '127.0.0.1', port: 0 },
    logger: createLogger('plain', 'info', { write: (line) => void lines.push(line) }),
  })
  t.teardown(() => daemon.close())
  t.ok(said('there is no snapshot yet'))
  t.notOk(said('answering HTTP'))
  const { snapshot } = filesIn(dir)
  writeFileSync(`${snapshot}.new`, snapshotOf('nodes 5\niprange 10.1.1.0 10.1.1.99\n').bytes, { mode: 0o644 })
  renameSync(`${snapshot}.new`, snapshot)
  await until(() => said('answering HTTP'), 'metrics')
  const at = (text: string): number => lines.findIndex((line) => line.includes(text))
  t.ok(at('privileges are given up') >= 0 && at('privileges are given up') < at('answering HTTP'))
})
