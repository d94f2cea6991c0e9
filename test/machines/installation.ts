/** Packages of kickback on a machine's disk: as a layer for the machines of many tests, or as files for a test that installs them. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../end-to-end/served.ts'
import { debOf, made, noWayToMake, type PackageName, rpmOf, VERSION } from '../packages/made.ts'
import { besideDisk } from './chroot.ts'
import { ENVIRONMENT, type Machine } from './machine.ts'

/** The two kinds of packages. */
export type Kind = 'deb' | 'rpm'

/** What a machine is to be: a master, or a node. */
export type Role = 'master' | 'node'

/** The packages of a role, as the pages name them. */
export const PACKAGES_OF: Readonly<Record<Role, readonly PackageName[]>> = {
  master: ['kickback-common', 'libnss-kickback', 'kickback'],
  node: ['kickback-common', 'libnss-kickback', 'beonss-kickbackclient'],
}

/** The version after this one, for tests of upgrades. */
export const NEXT: string = VERSION.replace(/\d+$/, (last) => String(Number(last) + 1))

/** Where layers are kept: they are made again when a package or the tree changed. */
const LAYERS = join(root, 'build/machines')

/**
 * How each kind is installed into the tree `$ROOT`, with the files of the packages as arguments. Debian's loader does not look into the
 * folder that Fedora has for libraries, and Debian's rpm knows no package.
 */
const INSTALL: Readonly<Record<Kind, string>> = {
  deb: `mkdir -p "$ROOT/run/packages" && cp "$@" "$ROOT/run/packages/" && chroot "$ROOT" sh -c 'DEBIAN_FRONTEND=noninteractive dpkg --install --force-unsafe-io /run/packages/*'`,
  rpm: 'echo /usr/lib64 >"$ROOT/etc/ld.so.conf.d/lib64.conf" && rpm --root "$ROOT" --nodeps --install "$@"',
}

/** Why packages can't be made here; false: they can. */
export function packagesLacking(kind: Kind = 'deb'): string | false {
  return noWayToMake(kind)
}

/** The files of these packages, in this version. */
export function packageFiles(names: readonly PackageName[], kind: Kind = 'deb', version = VERSION): readonly string[] {
  const folder = made(kind, 'amd64', version)
  return names.map((name) => (kind === 'deb' ? debOf : rpmOf)(folder, name))
}

/** Puts files of packages into the /run of a machine that runs, and gives the words that name them there. */
export async function handOver(machine: Machine, files: readonly string[]): Promise<string> {
  const paths = files.map((file) => `/run/${basename(file)}`)
  for (const [i, file] of files.entries()) await machine.put(paths[i] ?? '', readFileSync(file))
  return paths.join(' ')
}

/**
 * The layers of a disk on which the packages of a role are installed, offline, topmost first and with the tree last. Nothing is set
 * up. Nobody may write to them.
 */
export function installed(tree: string, role: Role, kind: Kind = 'deb'): readonly string[] {
  const [common = '', module = '', unit = ''] = packageFiles(PACKAGES_OF[role], kind)
  const below = [layer([tree], kind, [common, module]), tree]
  return [layer(below, kind, [unit]), ...below]
}

/** What is on a disk when these packages are installed over these layers, but for what is in the layers. Whole or not at all. */
function layer(below: readonly string[], kind: Kind, files: readonly string[]): string {
  const made = JSON.stringify([below, INSTALL[kind], files.map((file) => [file, statSync(file).mtimeMs])])
  const folder = join(LAYERS, createHash('sha256').update(made).digest('hex').slice(0, 12))
  if (existsSync(folder)) return join(folder, 'disk')
  const growing = `${folder}.new`
  rmSync(growing, { recursive: true, force: true })
  for (const name of ['disk', 'work', 'root']) mkdirSync(join(growing, name), { recursive: true })
  const words = besideDisk(growing, below.join(':'), INSTALL[kind], files)
  const { status, stderr } = spawnSync('env', [...ENVIRONMENT, ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${files.join(' ')}: ${stderr}`)
  rmSync(join(growing, 'work'), { recursive: true, force: true })
  renameSync(growing, folder)
  return join(folder, 'disk')
}
