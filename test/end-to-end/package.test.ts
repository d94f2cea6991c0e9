import { lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { environment, root, runIn } from './served.ts'

t.test('what npm pack makes is installed without a network, and runs on compiled code', async (t) => {
  const dir = folder(t)
  // The machine's npm, with no configuration and an empty cache, on the pinned Node; without the test runner's hooks.
  mkdirSync(join(dir, 'node'))
  symlinkSync(process.execPath, join(dir, 'node/node'))
  const path = `${join(dir, 'node')}:${(process.env.PATH ?? '')
    .split(':')
    .filter((each) => !each.includes('node_modules'))
    .join(':')}`
  const env = { ...environment(join(dir, 'run')), PATH: path }
  const npm = (cwd: string, ...words: string[]) => {
    const plain = ['-u', 'NODE_OPTIONS', 'npm', ...words, '--cache', join(dir, 'cache'), '--ignore-scripts', '--silent']
    return runIn(cwd, env, 'env', plain)
  }
  const packed = npm(root, 'pack', '--pack-destination', dir)
  t.equal(packed.code, 0, packed.stderr)
  const installed = npm(dir, 'install', '--global', '--offline', '--prefix', dir, join(dir, packed.stdout.trim()))
  t.equal(installed.code, 0, installed.stderr + installed.stdout)
  const home = join(dir, 'lib/node_modules/kickback')
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const run = (name: string, ...args: string[]) => runIn(dir, env, join(dir, 'bin', name), args)

  t.match(run('kickback', '--version').stdout, version)
  t.match(run('kickbackdaemon', '--help').stdout, /serve/)
  t.match(run('kickbackproxy', '--help').stdout, /proxy/)
  const checked = run('kickback', 'check', join(home, 'examples/config'))
  t.same([checked.code, checked.stdout], [0, ''], checked.stderr)
  for (const name of ['libnss_kickback.so.2', 'allocator.node', 'packets.node'])
    t.ok(lstatSync(join(home, 'build', name)).isFile(), `${name} is there`)
  t.equal(runIn(join(home, 'src/nss'), env, 'make', ['-s', '-B']).code, 0, 'and can be built again from its sources')
})
