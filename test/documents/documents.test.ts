// What the documents show is what happens: README.md and docs/*.md are run. docs/development.md, "Documents", names the
// languages of blocks.
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Outcome, root, type Served, serve } from '../end-to-end/served.ts'
import { type Block, blocksOf, isPromised, stepsOf } from './blocks.ts'

/** The ports that npm start uses, which a document names. */
const documented = { port: 13045, dnsPort: 10053 }

/** Languages of blocks that only say or draw something; a `config` is faulty on purpose, and generated. */
const unchecked = ['text', 'c', 'ts', 'config', 'nginx']

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

function accepted(t: Test, outcome: Outcome, title: string): void {
  t.equal(outcome.code, 0, `${title}${outcome.stdout}${outcome.stderr}`)
}

/** How a block of each language is checked. */
const checks: Readonly<Record<string, (t: Test, served: Served, block: Block) => void>> = {
  console: checkConsole,
  sh: (t, served, block) => accepted(t, served.run('sh', '-n', '-c', block.lines.join('\n')), 'is shell'),
  json: (t, _, block) => void t.doesNotThrow(() => JSON.parse(block.lines.join('\n')), 'is JSON'),
  beowulf: (t, served, block) => {
    writeFileSync(join(served.dir, 'block'), `${block.lines.join('\n')}\n`)
    accepted(t, served.run('kickback', 'check', 'block'), 'is a clean config')
  },
  toml: (t, served, block) => {
    writeFileSync(join(served.dir, 'block.toml'), `${block.lines.join('\n')}\n`)
    const files = ['config', 'passwd', 'group', 'shadow', 'networks'].flatMap((name) => [
      `--${name}`,
      `examples/${name}`,
    ])
    accepted(t, served.run('kickback', 'check', '--settings', 'block.toml', ...files), 'are known settings')
  },
}

for (const page of pages) {
  t.test(page, async (t) => {
    const blocks = blocksOf(readFileSync(join(root, page), 'utf8'))
    const checked = blocks.filter(({ language }) => !unchecked.includes(language))
    if (checked.length === 0) return t.pass('nothing to run')
    const served = await serve(t)
    symlinkSync(join(root, 'build'), join(served.dir, 'build'))
    symlinkSync(join(root, 'bin'), join(served.dir, 'bin'))
    for (const block of checked) {
      const check = checks[block.language]
      if (check === undefined) t.fail(`line ${block.line}: a block of unknown language "${block.language}"`)
      else await t.test(`line ${block.line}: ${block.language}`, async (t) => check(t, served, block))
    }
    return undefined
  })
}
