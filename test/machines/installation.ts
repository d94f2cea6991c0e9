/** kickback as the files of a machine: a layer of its disk, installed as the README says. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Test } from 'tap'
import { root } from '../end-to-end/served.ts'

/** Where `npm install --global` puts packages on Debian. */
const GLOBAL = 'usr/local/lib/node_modules'

/** The folders of Debian's libraries by architecture, as Node calls that. */
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/**
 * A layer with the package that `npm pack` makes, the packages that it depends on, Node, the module and the units. Nothing is enabled
 * and nsswitch.conf is the machine's own. Ends with the test.
 */
export function installed(t: Test): string {
  const layer = mkdtempSync(join(tmpdir(), 'kickback-layer-'))
  t.teardown(() => rmSync(layer, { recursive: true, force: true }))
  const home = join(layer, GLOBAL, 'kickback')
  unpack(home)
  for (const folder of dependencies()) {
    cpSync(folder, join(home, relative(root, folder)), { recursive: true, dereference: true })
  }
  cpSync(join(root, 'node_modules/node/bin/node'), join(layer, GLOBAL, 'node/bin/node'), { dereference: true })
  mkdirSync(join(layer, 'usr/local/bin'), { recursive: true })
  for (const name of ['kickback', 'kickbackdaemon', 'kickbackproxy']) {
    symlinkSync('../lib/node_modules/kickback/bin/kickback', join(layer, 'usr/local/bin', name))
  }
  const library = join('usr/lib', MULTIARCH[process.arch] ?? process.arch)
  cpSync(join(home, 'build/libnss_kickback.so.2'), join(layer, library, 'libnss_kickback.so.2'))
  for (const name of readdirSync(join(home, 'packaging')).filter((each) => each.endsWith('.service'))) {
    cpSync(join(home, 'packaging', name), join(layer, 'etc/systemd/system', name))
  }
  return layer
}

/** The package, as `npm pack` has it. */
function unpack(home: string): void {
  const place = mkdtempSync(join(tmpdir(), 'kickback-pack-'))
  try {
    done('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', place)
    mkdirSync(home, { recursive: true })
    const [file = ''] = readdirSync(place)
    done('tar', '-xzf', join(place, file), '-C', home, '--strip-components=1', '--no-same-owner')
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The folders of all packages that it needs, those that others bring along included. */
function dependencies(): readonly string[] {
  const listed = done('npm', 'ls', '--omit=dev', '--all', '--parseable').split('\n')
  return listed.filter((folder) => folder.startsWith(join(root, 'node_modules/')))
}

function done(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}
