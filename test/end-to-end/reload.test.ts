// A running master whose files change under it, well and badly.
import { appendFileSync, cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { until } from '../patience.ts'
import { environment, type Outcome, root, runIn, type Served, serve } from './served.ts'

const pdu3 = 'host 00:A0:D1:E3:FD:4B 10.20.30.92 pdu3\n'
const outside = 'host 00:A0:D1:E3:FD:4C 10.99.0.1 stray\n'

const address = (served: Served, name: string): string =>
  served.run('getent', '-s', 'kickback', 'hosts', name).stdout.split(' ')[0] ?? ''
const status = (served: Served): Outcome => served.run('kickback', 'status')

t.test('a change reaches getent by kickback reload, by SIGHUP and by being written', async (t) => {
  const served = await serve(t)
  const config = join(served.dir, 'examples/config')

  appendFileSync(config, pdu3)
  const reload = served.run('kickback', 'reload')
  t.equal(reload.code, 0, reload.stderr)
  t.equal(address(served, 'pdu3'), '10.20.30.92', 'reload waits until it is published')

  writeFileSync(config, readFileSync(config, 'utf8').replace('10.20.30.92 pdu3', '10.20.30.93 pdu3'))
  served.daemon.kill('SIGHUP')
  await until(() => address(served, 'pdu3') === '10.20.30.93', 'SIGHUP')

  writeFileSync(`${config}.new`, readFileSync(config, 'utf8').replace('10.20.30.93 pdu3', '10.20.30.94 pdu3'))
  renameSync(`${config}.new`, config)
  await until(() => address(served, 'pdu3') === '10.20.30.94', 'a rename over it')

  appendFileSync(join(served.dir, 'examples/passwd'), 'mary:x:1600:100::/home/mary:/bin/sh\n')
  await until(() => served.run('getent', '-s', 'kickback', 'passwd', 'mary').code === 0, 'a new account')
})

t.test('a broken file is refused with its line, and the last good generation stays', async (t) => {
  const served = await serve(t)
  const config = join(served.dir, 'examples/config')
  const good = readFileSync(config, 'utf8')
  const line = good.split('\n').length
  t.equal(status(served).code, 0)

  writeFileSync(config, good + outside)
  const refused = served.run('kickback', 'reload')
  t.equal(refused.code, 1)
  t.match(refused.stdout + refused.stderr, new RegExp(`examples/config:${line}:\\d+: error: `))
  t.equal(address(served, 'smartswitch'), '10.20.30.5')
  t.equal(address(served, 'stray'), '')
  t.equal(status(served).code, 3, 'status says that the last reload was refused')

  const files = ['config', 'passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, `examples/${name}`])
  const check = served.run('kickback', 'check', ...files)
  t.equal(check.code, 1)
  t.match(check.stdout + check.stderr, `config:${line}:`)

  t.test('started again, it serves the last good snapshot and says what is wrong', async (t) => {
    t.equal(await served.end('SIGKILL'), null)
    const again = await serve(t, { dir: served.dir })
    t.equal(address(again, 'n15'), '10.20.30.115')
    const said = status(again)
    t.equal(said.code, 3)
    t.match(said.stdout + said.stderr, `config:${line}:`)
    await until(() => again.log().includes(`config:${line}:`), 'its log says so too')

    writeFileSync(config, good + pdu3)
    t.equal(again.run('kickback', 'reload').code, 0)
    t.equal(status(again).code, 0)
    t.equal(address(again, 'pdu3'), '10.20.30.92')
  })
})

t.test('with errors and no last good snapshot, serve prints them and exits 1', async (t) => {
  const dir = folder(t)
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  appendFileSync(join(dir, 'examples/config'), outside)
  const files = ['config', 'passwd', 'group', 'shadow'].flatMap((name) => [`--${name}`, `examples/${name}`])
  const places = ['--run-dir', 'run', '--state-dir', 'state', '--listen', '127.0.0.1:0']
  const failed = runIn(dir, environment(join(dir, 'run')), 'kickback', ['serve', ...files, ...places])
  t.equal(failed.code, 1)
  t.match(failed.stdout + failed.stderr, /examples\/config:\d+:\d+: error: .*stray|10\.99\.0\.1/)
})
