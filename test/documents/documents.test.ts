// What the documents show is what happens: README.md and docs/*.md are run. docs/development.md, "Documents", names the
// languages of blocks.
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { root, type Served, serve } from '../end-to-end/served.ts'
import { type Block, blocksOf, isPromised, stepsOf } from './blocks.ts'
import { PROOFS, type Proof } from './proofs.ts'
import { isMade, isUnrun, reasonOf, SHOWN } from './shown.ts'

/** The ports that npm start uses, which a document names. */
const documented = { port: 13045, dnsPort: 10053 }

const pages = ['README.md', 'CHANGELOG.md']
if (existsSync(join(root, 'docs'))) {
  pages.push(
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  )
}

const mark = '\u001e'

/** Runs the steps in one shell, so that an export or cd of one holds for the next, and gives the output of each. */
function session(served: Served, commands: readonly string[]): string[] {
  const script = commands.map((command) => `${command}\nkept=$?; printf '${mark}'; (exit $kept)\n`).join('')
  const ours = script
    .replaceAll(String(documented.port), String(served.port))
    .replaceAll(String(documented.dnsPort), String(served.dnsPort))
  const { stdout } = served.run('bash', '-c', `exec 2>&1\n${ours}`)
  return stdout.split(mark).slice(0, -1)
}

function asDocumented(served: Served, output: string): string {
  return output
    .replaceAll(String(served.port), String(documented.port))
    .replaceAll(String(served.dnsPort), String(documented.dnsPort))
}

function checkConsole(t: Test, served: Served, block: Block): void {
  const steps = stepsOf(block)
  const outputs = session(
    served,
    steps.map(({ command }) => command),
  )
  for (const [index, { command, output }] of steps.entries()) {
    const seen = asDocumented(served, outputs[index] ?? 'the shell ended before')
    if (isPromised(output, seen)) t.pass(command)
    else t.equal(seen, `${output.join('\n')}\n`, command)
  }
}

/** Every language with its proof: the commands of a console block are run here. */
const proofs: Readonly<Record<string, Proof>> = { ...PROOFS, console: checkConsole }

for (const page of pages) {
  t.test(page, async (t) => {
    const blocks = blocksOf(readFileSync(join(root, page), 'utf8')).filter((block) => !isMade(page, block))
    const proved = blocks.filter((block) => proofs[block.language] !== undefined)
    for (const block of blocks.filter((each) => !proved.includes(each) || isUnrun(page, each))) {
      t.ok(
        reasonOf(page, block),
        `line ${block.line}: a block of "${block.language}" is run, or test/documents/shown says why not`,
      )
    }
    if (proved.length === 0) return t.pass('nothing to run')
    const served = await serve(t)
    symlinkSync(join(root, 'build'), join(served.dir, 'build'))
    symlinkSync(join(root, 'bin'), join(served.dir, 'bin'))
    for (const block of proved)
      await t.test(`line ${block.line}: ${block.language}`, async (t) => proofs[block.language]?.(t, served, block))
    return undefined
  })
}

t.test('each row of the list of blocks that are only shown is of one, and has a reason', async (t) => {
  const shown = pages.flatMap((page) =>
    blocksOf(readFileSync(join(root, page), 'utf8'))
      .filter((block) => !isMade(page, block))
      .filter((block) => proofs[block.language] === undefined || isUnrun(page, block))
      .map((block) => reasonOf(page, block)),
  )
  for (const row of SHOWN) t.ok(shown.includes(row), `${row.page}: ${row.start}`)
  for (const row of SHOWN) t.match(row.reason, /^[A-Z].{15,}\.$/, `${row.page}: ${row.start}`)
})
