// What no file can know is asked of the daemon: the module's own questions, answered by the real server.
import { appendFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { root, serve } from './served.ts'

t.test('the module asks the daemon over its sockets', async (t) => {
  const dir = folder(t)
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  appendFileSync(join(dir, 'examples/config'), 'interface lo 127.0.0.1 255.0.0.0\nmasterorder - 127.0.0.1\n')
  const served = await serve(t, { dir })
  const getent = (db: string, key: string) => {
    const { stdout, code } = served.run('getent', '-s', 'kickback', db, key)
    return { stdout, code }
  }

  for (const name of ['self', '.-2', 'n-2', 'Self.', 'self.cluster.internal', 'master', 'n-1']) {
    t.same(getent('hosts', name), { stdout: '127.0.0.1       master0\n', code: 0 }, name)
  }

  const mapped = getent('shadow', 'ada')
  t.match(mapped, { stdout: /^ada:/, code: 0 }, 'shadow from the file')
  rmSync(join(served.runDir, 'private/shadow.1'))
  t.same(getent('shadow', 'ada'), mapped, 'shadow over the private socket')
  t.same(getent('shadow', 'nosuch'), { stdout: '', code: 2 })

  await served.end('SIGKILL')
  const self = { stdout: '127.0.0.1       master0\n', code: 0 }
  t.same(getent('hosts', 'self'), self, "with nobody to ask, the machine's own addresses say who we are")
  t.same(getent('hosts', 'master'), { stdout: '127.0.0.1       master0\n', code: 0 }, 'the first master is known')
  t.same(getent('hosts', 'n15'), { stdout: '10.20.30.115    n15\n', code: 0 })
})
