/** The packages of distributions as `make deb` and `make rpm` make them, but packed for speed; what has not changed is not made again. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFile } from '../../src/setup/own-files.ts'
import { missing, ROOT } from '../nss/programs.ts'

/** What packaging/Makefile can make. */
export type Target = 'bundle' | 'image' | 'deb' | 'rpm' | 'policy'
/** A machine that packages are made for, by Debian's name; i386 has the module alone. */
export type Architecture = 'amd64' | 'arm64' | 'i386'

/** The version of package.json, which the packages have too. */
export const VERSION: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version

/** The packages that are made for one architecture, by their names in both kinds. */
export const PACKAGES = ['kickback-common', 'kickback', 'beonss-kickbackclient', 'libnss-kickback'] as const
/** One of them. */
export type PackageName = (typeof PACKAGES)[number]

const TOOLS: Readonly<Record<Target, readonly string[]>> = {
  bundle: [],
  policy: ['checkmodule', 'semodule_package'],
  image: ['checkmodule', 'semodule_package', 'strip'],
  deb: ['checkmodule', 'semodule_package', 'strip', 'dh', 'dpkg-buildpackage'],
  rpm: ['checkmodule', 'semodule_package', 'strip', 'rpmbuild'],
}

/** Why this can't be made on this machine; false: it can. */
export function noWayToMake(target: Target, architecture: Architecture = 'amd64'): string | false {
  if (process.arch !== 'x64') return 'needs an x86-64 machine'
  const cross = architecture === 'arm64' ? ['aarch64-linux-gnu-strip', 'clang'] : []
  return missing('cc', 'make', 'flock', ...TOOLS[target], ...cross)
}

/** What was made in this process. */
const done = new Set<string>()

/** Makes it and gives the folder of what was made for that architecture. Test files that run side by side wait for each other. */
export function made(target: Target, architecture: Architecture = 'amd64', version = VERSION): string {
  const folder = join(ROOT, 'build/packages', version === VERSION ? architecture : `${architecture}-${version}`)
  const key = `${target} ${folder}`
  if (done.has(key)) return folder
  done.add(key)
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  // The test runner puts its hooks into every child: Node would load them for the bundler.
  const plain = ['-u', 'NODE_OPTIONS', 'flock', 'build/.packages.lock']
  const words = ['make', '-s', '-C', 'packaging', target, `ARCH=${architecture}`, `VERSION=${version}`, 'LEVEL=0']
  execFileSync('env', [...plain, ...words], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  return folder
}

/** The one file of a folder whose name begins so and ends so. */
export function fileOf(folder: string, begin: string, end: string): string {
  const found = readdirSync(folder).filter((name) => name.startsWith(begin) && name.endsWith(end))
  if (found.length !== 1) throw new Error(`${folder}: ${found.length} files ${begin}...${end}`)
  return join(folder, found[0] ?? '')
}

/** The path of a .deb of this name. */
export function debOf(folder: string, name: PackageName): string {
  return fileOf(folder, `${name}_`, '.deb')
}

/** The path of a .rpm of this name. */
export function rpmOf(folder: string, name: PackageName): string {
  return fileOf(folder, `${name}-${VERSION}-`, '.rpm')
}

/** The pages and examples that messages of the program name, by the paths that they have on a machine with the packages. */
export function namedFiles(): readonly string[] {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const found = sources.flatMap((name) => [
    ...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(/ownFile\('((?:docs|examples)\/[^']+)'\)/g),
  ])
  return found.map(([, path = '']) => ownFile(path, '/nowhere', (place) => place.startsWith('/usr/share/')) ?? path)
}

/** What a command prints; throws where it fails. */
export function output(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** The newest version of each kind of symbol that an ELF file wants, as [GLIBC, 2, 17]; empty where it wants none. */
export function newestWanted(path: string): ReadonlyMap<string, readonly number[]> {
  const newest = new Map<string, readonly number[]>()
  for (const [, kind = '', text = ''] of output('readelf', '-VW', path).matchAll(/Name: ([A-Z]+)_(\d+(?:\.\d+)*)/g)) {
    const version = text.split('.').map(Number)
    const known = newest.get(kind)
    if (known === undefined || isNewer(version, known)) newest.set(kind, version)
  }
  return newest
}

function isNewer(version: readonly number[], than: readonly number[]): boolean {
  const at = version.findIndex((part, i) => part !== (than[i] ?? 0))
  return at >= 0 && (version[at] ?? 0) > (than[at] ?? 0)
}
