import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { environment, root, runIn } from './served.ts'

t.test('what npm pack makes runs from a node_modules elsewhere, on compiled code', async (t) => {
  const dir = folder(t)
  const env = environment(join(dir, 'run'))
  const packed = runIn(root, env, 'npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir])
  t.equal(packed.code, 0, packed.stderr)
  const home = join(dir, 'node_modules/kickback')
  mkdirSync(home, { recursive: true })
  const unpacked = runIn(dir, env, 'tar', ['xf', packed.stdout.trim(), '-C', home, '--strip-components=1'])
  t.equal(unpacked.code, 0, unpacked.stderr)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name))
  }
  mkdirSync(join(dir, 'node_modules/.bin'))
  const { bin, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  for (const [name, path] of Object.entries(bin)) {
    symlinkSync(join('../kickback', String(path)), join(dir, 'node_modules/.bin', name))
  }
  const run = (name: string, ...args: string[]) => runIn(dir, env, join(dir, 'node_modules/.bin', name), args)

  t.match(run('kickback', '--version').stdout, version)
  t.match(run('kickbackdaemon', '--help').stdout, /serve/)
  t.match(run('kickbackproxy', '--help').stdout, /proxy/)
  const checked = run('kickback', 'check', join(home, 'examples/config'))
  t.same([checked.code, checked.stdout], [0, ''], checked.stderr)
  for (const name of ['libnss_kickback.so.2', 'allocator.node'])
    t.ok(lstatSync(join(home, 'build', name)).isFile(), `${name} is there`)
  t.equal(runIn(join(home, 'src/nss'), env, 'make', ['-s', '-B']).code, 0, 'and can be built again from its sources')
})
