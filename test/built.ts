// The program as the packages of distributions have it: compiled, and bundled to few files. It is up in a fraction of the time of the
// sources with their types stripped.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Compiles what has changed since (and installs nothing), and gives the path of the compiled main program. Test files that run
 *  side by side wait for each other. */
export function builtMain(): string {
  mkdirSync(join(root, 'build'), { recursive: true })
  // The test runner puts its hooks into every child, whatever environment it is given; the compiler dies of them.
  execFileSync(
    'env',
    [
      '-u',
      'NODE_OPTIONS',
      'flock',
      'build/.dist.lock',
      'make',
      '-s',
      '-o',
      'node_modules/.installed-lock',
      'build/program/bin/kickback',
      'build/launcher',
      'build/name-service',
      'build/packets.node',
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  return join(root, 'build/program/kickback/main.js')
}
