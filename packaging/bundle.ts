/**
 * The bundle: the program and the packages that it uses as a few files of JavaScript, for the packages of distributions.
 * Usage: bundle.ts FOLDER VERSION. In FOLDER, which is below the checkout, it makes what /usr/lib/kickback holds of the program: package.json, and the folder
 * kickback/ with the commands and what they share, the programs of the daemons with their compiled code, and the program of `kickback query`. Beside these it
 * writes licences.txt: the licences of all packages that went in.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { bundleDaemons } from './daemons.ts'
import { DIRECT } from './direct-imports.ts'
import { bundleQuery } from './query.ts'

const root = join(import.meta.dirname, '..')
const [folder = '', version = ''] = process.argv.slice(2)

/** The files that are started by their own names: all commands, and the threads that move boot stages and explain. */
const ENTRIES = [
  { in: 'dist/cli/main.js', out: 'commands' },
  { in: 'dist/daemon/boot/stage-worker.js', out: 'stage-worker' },
  { in: 'dist/daemon/explanations/explain-worker.js', out: 'explain-worker' },
]

/** Packages of CommonJS call require, which a module of ECMAScript does not have. */
const REQUIRE = `import { createRequire as newRequire } from 'node:module'
const require = newRequire(import.meta.url)`

/** The package of this name in the metafile's inputs: `node_modules/@scope/name/file.js` is in `@scope/name`. */
function packageOf(input: string): string | undefined {
  return /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
}

/** One package's name, version and licence text, as its own files say. */
function licenceOf(path: string): string {
  const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
  const file = readdirSync(join(root, path)).find((name) => /^(licen[cs]e|copying)/i.test(name))
  const text = file === undefined ? `Licence: ${manifest.license}` : readFileSync(join(root, path, file), 'utf8').trim()
  return `${manifest.name} ${manifest.version}\n\n${text}\n`
}

/** The licences of what went in, in the order of the packages' names. */
function licences({ inputs }: Metafile): string {
  const packages = new Set(Object.keys(inputs).flatMap((input) => packageOf(input) ?? []))
  return [...packages]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** What Node reads of the program's package: its version, that .js is a module, and where its native parts lie. */
function manifest(): string {
  const { name, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const imports = {
    '#allocator': './allocator.node',
    '#name-service': './name-service',
    '#packets': './packets.node',
    '#page/*': './page/*',
  }
  return `${JSON.stringify({ name, version, license, private: true, type: 'module', imports }, null, 2)}\n`
}

if (folder === '' || version === '') throw new Error('usage: bundle.ts FOLDER VERSION')
for (const name of ['kickback', 'package.json']) rmSync(join(folder, name), { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES,
  outdir: join(folder, 'kickback'),
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // What a package has as ECMAScript is smaller: only the parts that are used go in.
  mainFields: ['module', 'main'],
  banner: { js: REQUIRE },
  // The native part of msgpackr, which the program does not use.
  external: ['msgpackr-extract'],
  legalComments: 'none',
  metafile: true,
  plugins: [DIRECT],
  logLevel: 'warning',
})
await bundleQuery(join(folder, 'kickback'))
// The daemons that run for it find the native parts of the checkout, as long as there is no other package.
await bundleDaemons(join(folder, 'kickback'))
writeFileSync(join(folder, 'package.json'), manifest())
writeFileSync(join(folder, 'licences.txt'), licences(metafile))
