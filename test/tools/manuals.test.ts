// The manual pages: mandoc has nothing to say of them, and beowulf-config(5) holds what the table of directives has.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DIRECTIVES } from '../../src/config/directives/table.ts'
import { parseConfig } from '../../src/config/parser.ts'
import { filled } from '../../tools/roff.ts'
import { missing } from '../nss/programs.ts'

const folder = join(import.meta.dirname, '../../docs/man')
const PAGES = readdirSync(folder)

/** What mandoc says of the machine, where it is not installed with its index: pages that a page names, and it does not find. */
const OF_THE_MACHINE = /referenced manual not found/

function lintOf(page: string): string[] {
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', page], { cwd: folder, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '' && !OF_THE_MACHINE.test(line))
}

/** A page as a reader sees it, without overstrikes. */
function shownPage(page: string): string {
  return spawnSync('mandoc', ['-T', 'utf8', page], { cwd: folder, encoding: 'utf8' }).stdout.replaceAll(/.[\b]/g, '')
}

t.test('mandoc has nothing to say of any manual, in style either', { skip: missing('mandoc') }, async (t) => {
  t.ok(PAGES.includes('beowulf-config.5'))
  for (const page of PAGES) t.same(lintOf(page), [], page)
})

t.test('each manual is installed by npm or by the package of its program', async (t) => {
  const { man } = JSON.parse(readFileSync(join(folder, '../../package.json'), 'utf8')) as { man: string[] }
  const ofModule = ['kickback-fetch.8', 'kickback-health.8']
  t.same(
    man.map((path) => path.replace('docs/man/', '')).sort(),
    PAGES.filter((page) => !ofModule.includes(page)).sort(),
  )
})

t.test('every directive is in beowulf-config(5), with its words', { skip: missing('mandoc') }, async (t) => {
  const page = shownPage('beowulf-config.5')
  for (const { keyword, arguments: words, actedOn } of DIRECTIVES) {
    t.ok(page.includes(`${keyword} ${words}`), `${keyword} ${words}`)
    if (actedOn) t.match(page, new RegExp(`^   ${keyword}$`, 'm'), `${keyword} has a section`)
  }
})

t.test('every example of beowulf-config(5) is a configuration in which nothing is wrong', async (t) => {
  const source = readFileSync(join(folder, 'beowulf-config.5'), 'utf8')
  const examples = Array.from(source.matchAll(/^\.EX\n([\s\S]*?)\.EE$/gm), ([, text = '']) => text)
  t.ok(examples.length >= DIRECTIVES.filter(({ actedOn }) => actedOn).length, 'each line that is acted on has one')
  for (const example of examples) {
    const text = example.replaceAll('\\-', '-').replaceAll('\\e', '\\')
    t.same(parseConfig(Buffer.from(text)).diagnostics, [], text)
  }
})

t.test('a line of a page is not long, and begins no request', async (t) => {
  const text = filled(`One sentence. Another one ${'a-word '.repeat(40)}\`kept together\`. 'quoted\n.dot`)
  for (const line of text.split('\n')) t.ok(line.length <= 80, line)
  t.ok(text.startsWith('One sentence.\n'))
  t.match(text, /\\fBkept together\\fR\./)
  t.match(text, /^\\&\.dot$/m)
  t.notMatch(text, /^['.](?!\\)/m, 'no line begins a request')
})
