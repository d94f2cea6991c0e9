/** The example of the guide, in a folder of a test's own. */
import { appendFileSync, chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { folder, type Tap } from '../folder.ts'

/** The example: its folder, its configuration, and the options by which a master reads its accounts and networks. */
export interface Example {
  readonly dir: string
  readonly config: string
  readonly accounts: readonly string[]
}

/** The example with these lines more in its configuration; every user of the machine may read it. */
export function example(t: Tap, lines = ''): Example {
  const dir = folder(t)
  chmodSync(dir, 0o755)
  cpSync(join(import.meta.dirname, '../../examples'), join(dir, 'examples'), { recursive: true })
  const config = join(dir, 'examples/config')
  appendFileSync(config, lines)
  const sources = ['passwd', 'group', 'shadow', 'networks']
  return { dir, config, accounts: sources.flatMap((name) => [`--${name}`, join(dir, 'examples', name)]) }
}
