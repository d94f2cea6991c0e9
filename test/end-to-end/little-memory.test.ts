// A master that is fed more than it has memory for: it ends by nothing that its files say.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../patience.ts'
import { serve } from './served.ts'

/** The shortest text that means the most nodes: 1,048,576. */
const MOST = 'iprange 10.0.0.0 10.15.255.255\n'

t.test('a line that means a million nodes is refused where memory is little, and the master goes on', async (t) => {
  const first = await serve(t)
  const config = join(first.dir, 'examples/config')
  const good = readFileSync(config)
  t.equal(await first.end('SIGTERM'), 0)

  writeFileSync(config, `interface lo 127.0.0.1 255.0.0.0\n${MOST}`)
  // V8 holds all threads to it, as it would on a small machine.
  const { NODE_OPTIONS = '' } = process.env
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --max-old-space-size=100`
  t.teardown(() => {
    process.env.NODE_OPTIONS = NODE_OPTIONS
  })
  const again = await serve(t, { dir: first.dir })
  const address = (): string => again.run('getent', '-s', 'kickback', 'hosts', 'n15').stdout.split(' ')[0] ?? ''
  t.equal(address(), '10.20.30.115', 'it starts with its last good generation')
  // It answers before it has built.
  await until(() => again.log().includes('takes more memory than the daemon may have'), 'it says why')
  // What a short file means is counted before its thread is made; of a long one it is counted on the thread.
  for (const comment of ['', '# long\n'.repeat(40_000)]) {
    writeFileSync(config, `interface lo 127.0.0.1 255.0.0.0\n${MOST}${comment}`)
    t.equal(again.run('kickback', 'reload').code, 1, 'a reload is refused')
    t.equal(address(), '10.20.30.115')
  }

  writeFileSync(config, good)
  t.match(again.run('kickback', 'reload'), { code: 0, stderr: '' }, 'and a file that fits is served')
  t.equal(again.daemon.exitCode, null)
})
