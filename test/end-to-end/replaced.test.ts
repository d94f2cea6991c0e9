// A program that is replaced under its daemon, by an upgrade or a build: the daemon goes on with what it has, and says what happened.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { builtMain } from '../built.ts'
import { Scratch } from '../cli/scratch.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

const root = join(import.meta.dirname, '../..')
const REPLACED = 'was replaced after this daemon started, by an upgrade or a build: restart the daemon'

t.test('a daemon starts no thread and no process of another release, and serves what it has', async (t) => {
  const scratch = new Scratch(t)
  // Below the checkout it finds the native parts.
  const program = mkdtempSync(join(root, 'build/replaced-'))
  t.teardown(() => rmSync(program, { recursive: true, force: true }))
  cpSync(join(builtMain(), '..'), program, { recursive: true })
  const doors = ['--dns', `127.0.0.1:${await freePort()}`]
  const daemon = scratch.start(['serve', ...scratch.flags, ...doors], {}, join(program, 'main.js'))
  await daemon.logged('ready')
  scratch.append('passwd', 'before:x:2001:2001::/:/bin/sh\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  await until(() => !isBuilding(daemon.process.pid ?? 0), 'the thread that waits for another build ends')

  for (const name of readdirSync(program)) {
    copyFileSync(join(program, name), join(program, `${name}.new`))
    renameSync(join(program, `${name}.new`), join(program, name))
  }
  scratch.append('passwd', 'after:x:2002:2002::/:/bin/sh\n')
  t.match(await scratch.ask('reload'), { code: 1, stderr: `build-worker.js ${REPLACED}` })
  t.match(await scratch.ask('query', 'passwd', 'before'), { code: 0 })
  t.match(await scratch.ask('query', 'passwd', 'after'), { code: 2 }, 'nothing of the new release was taken')
  const { dns_process: dns } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  process.kill(dns.pid, 'SIGKILL')
  await daemon.logged(`front.js ${REPLACED}`)

  await daemon.end()
  const again = await scratch.serve(...doors)
  t.match(await scratch.ask('query', 'passwd', 'after'), { code: 0 }, 'the daemon that is started again takes it')
  t.notMatch(again.stderr, REPLACED)
})

/** Whether a process has a thread that builds, or waits to. */
function isBuilding(pid: number): boolean {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).some((task) => readFileSync(join(tasks, task, 'comm'), 'utf8') === 'WorkerThread\n')
}

/** Removes what it is told to, and notes where the program is gone by that. */
const REMOVING = `#!/bin/sh
/bin/rm "$@"
[ -e dist/cli/main.js ] || echo "rm $*" >>gone
`

t.test('a build puts a program that is whole in the place of the one before', async (t) => {
  const dir = folder(t)
  const bin = join(dir, 'node_modules/.bin')
  mkdirSync(bin, { recursive: true })
  mkdirSync(join(dir, 'src'))
  mkdirSync(join(dir, 'dist/cli'), { recursive: true })
  writeFileSync(join(dir, 'dist/cli/main.js'), 'old\n')
  writeFileSync(join(dir, 'dist/cli/gone.js'), 'old\n')
  for (const name of ['package-lock.json', 'node_modules/.installed-lock', 'tsconfig.json', 'tsconfig.build.json'])
    writeFileSync(join(dir, name), '')
  copyFileSync(join(root, 'Makefile'), join(dir, 'Makefile'))
  const compiling = '#!/bin/sh\nmkdir -p "$4/cli" && echo new >"$4/cli/main.js"\n'
  for (const [name, text] of Object.entries({ tsc: compiling, rm: REMOVING })) {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
  const make = () => spawnSync('make', ['dist/.built'], { cwd: dir, encoding: 'utf8' })
  t.match(make(), { status: 0 })
  t.equal(readFileSync(join(dir, 'dist/cli/main.js'), 'utf8'), 'new\n')
  t.notOk(existsSync(join(dir, 'dist/cli/gone.js')), 'nothing of the one before is left')
  t.notOk(existsSync(join(dir, 'gone')), 'the one before is removed only when there is the new one')
  t.same(readdirSync(join(dir, 'build')), [])
  t.match(make(), { status: 0, stdout: /up to date/ })
})
