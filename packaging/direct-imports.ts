/** Imports of our own modules for a bundler: out of the files that make what is imported, in place of the indexes of their folders. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { DirectImports } from '../tools/direct-imports.ts'

const dist = join(import.meta.dirname, '../dist/')

/** Makes the imports of our modules direct ones. */
export const DIRECT: Plugin = {
  name: 'direct-imports',
  setup({ onLoad }) {
    const imports = new DirectImports()
    onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
      if (!path.startsWith(dist)) return undefined
      return { contents: imports.rewritten(path, readFileSync(path, 'utf8')), loader: 'js' }
    })
  },
}
