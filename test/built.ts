// The program as it is shipped: compiled, a third of the start-up of the sources with their types stripped.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Compiles what has changed since (and installs nothing), and gives the path of the compiled main program. Test files that run
 *  side by side wait for each other. */
export function builtMain(): string {
  mkdirSync(join(root, 'build'), { recursive: true })
  execFileSync('flock', ['build/.dist.lock', 'make', '-s', '-o', 'node_modules/.installed-lock', 'dist/.built'], {
    cwd: root,
    // What the test runner puts into each Node would break the compiler.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(root, 'dist/cli/main.js')
}
