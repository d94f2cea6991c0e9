/** A program as one file for the loader, which takes its code as V8 has compiled it. Whoever runs the program first keeps that code. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { DIRECT } from './direct-imports.ts'

const root = join(import.meta.dirname, '..')

/** The text of a module whose `run` is a program, and the folder from which it imports. */
export interface Source {
  readonly text: string
  readonly folder: string
}

/**
 * Makes the file of a program in a folder, with more options of the bundler. Returns its name. It tells what belongs together, for what starts
 * while the files are replaced.
 */
export async function bundleProgram(
  folder: string,
  name: string,
  { text, folder: resolveDir }: Source,
  { plugins = [], ...more }: Pick<BuildOptions, 'target' | 'minifyWhitespace' | 'plugins'> = {},
): Promise<string> {
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: text, resolveDir },
    outdir: folder,
    entryNames: `${name}-[hash]`,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // The loader reads bytes as characters.
    charset: 'ascii',
    banner: { js: "const programUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: {
      'import.meta.url': 'programUrl',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    // The native part of msgpackr, which the program does not use.
    external: ['msgpackr-extract'],
    legalComments: 'none',
    metafile: true,
    plugins: [DIRECT, ...plugins],
    logLevel: 'warning',
    ...more,
  })
  return basename(Object.keys(metafile.outputs)[0] ?? '')
}

/** Writes the loader of programs, whose files are given by their names, with more text behind it. */
export function writeLoader(path: string, files: Readonly<Record<string, string>>, more = ''): void {
  const loader = readFileSync(join(import.meta.dirname, 'loader.cjs'), 'utf8')
  writeFileSync(path, loader.replace('@FILES@', JSON.stringify(files)) + more)
}
