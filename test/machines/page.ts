/** README's section on setting a cluster up, as it is run on machines. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, blocksOf } from '../documents/blocks.ts'
import { root } from '../end-to-end/served.ts'

/** What README has a newcomer write and type. */
export interface SetUpPage {
  /** The configuration of the cluster. */
  readonly config: string
  /** The commands on the master, and those on each node, a line each. */
  readonly master: readonly string[]
  readonly node: readonly string[]
}

/** The section as it is now. Throws Error where it has another form. */
export function setUpPage(): SetUpPage {
  const page = readFileSync(join(root, 'README.md'), 'utf8')
  const [, section = ''] = /^## Set it up\n([\s\S]*?)^## /m.exec(page) ?? []
  const blocks = blocksOf(section)
  const lines = linesOf(blocks, 'sh')
  const turn = lines.indexOf('# on each node')
  if (lines[0] !== '# on the master' || turn < 0)
    throw new Error('README.md, "Set it up": no commands of master and node')
  return {
    config: `${linesOf(blocks, 'beowulf').join('\n')}\n`,
    master: lines.slice(1, turn),
    node: lines.slice(turn + 1),
  }
}

/** The lines of the one block of a language. */
function linesOf(blocks: readonly Block[], language: string): readonly string[] {
  const [block, ...more] = blocks.filter((each) => each.language === language)
  if (block === undefined || more.length > 0) throw new Error(`README.md, "Set it up": not one block of ${language}`)
  return block.lines
}
