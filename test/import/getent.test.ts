// Files of real sites go through import and check; then the C library is asked for each of their names, addresses and MACs.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withoutDomain } from '../../src/config/index.ts'
import { publicContents } from '../../src/resolver/contents/contents.ts'
import { foldCase } from '../../src/values/index.ts'
import { folder } from '../folder.ts'
import { builtModule, environment, noCompiler, ROOT } from '../nss/programs.ts'
import { RunDir } from '../nss/rundir.ts'
import { DOMAIN, sourcesOf } from '../resolver/configs.ts'
import { commentsOf, fixture, imported, lost } from './carried.ts'
import { FACTS, type Fact, macsOf } from './facts.ts'
import { SITES } from './sites.ts'

const skip = noCompiler
const KICKBACK = join(ROOT, 'bin/kickback')

/** Asks getent about each key; gives what it printed, without the line ends. */
function getent(run: RunDir, database: string, keys: ReadonlySet<string>): ReadonlyMap<string, string> {
  const ask = 'while read -r key; do printf "=%s\\n" "$key"; getent -A -s kickback "$1" "$key"; done; true'
  const args = ['-c', ask, 'sh', database]
  const input = [...keys].map((key) => `${key}\n`).join('')
  const { stdout, status } = spawnSync('sh', args, { env: environment(run.path), input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`sh ended with ${status}`)
  return new Map(
    stdout
      .split(/^=/m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()] as const),
  )
}

const words = (text = ''): string[] => foldCase(text).split(/\s+/)

/** Whether getent leads from the name to the address and back, or knows the one that there is. */
function knows(byName: ReadonlyMap<string, string>, byAddress: ReadonlyMap<string, string>, fact: Fact): boolean {
  const { name, address } = fact
  const back = words(byAddress.get(address ?? ''))
  if (name === undefined) return back.length > 1
  const forth = byName.get(name) ?? ''
  if (address === undefined) return forth !== ''
  const plain = foldCase(withoutDomain(name.replace(/\.$/, ''), DOMAIN))
  return words(forth).includes(back[0] ?? '') && back.slice(1).includes(plain)
}

function published(t: Test, text: string): RunDir {
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publish(publicContents(sourcesOf(text)))
  return run
}

for (const [format, ...files] of SITES) {
  const title = `${format}: getent knows each name, address and MAC of ${files.join(' and ')}, or a comment has it`
  t.test(title, { skip }, async (t) => {
    builtModule()
    const texts = Object.fromEntries(files.map((file) => [file, fixture(file)]))
    const made = imported(format, texts)
    const config = join(folder(t), 'config')
    writeFileSync(config, made.text)
    const check = spawnSync(KICKBACK, ['check', config], { encoding: 'utf8' })
    t.equal(check.status, 0, `check: ${check.stderr}`)

    const run = published(t, made.text)
    const facts = files.flatMap((file) => FACTS[format](file, texts[file] ?? ''))
    const byName = getent(run, 'ahosts', new Set(facts.flatMap(({ name }) => name ?? [])))
    const byAddress = getent(run, 'hosts', new Set(facts.flatMap(({ address }) => address ?? [])))
    t.same(
      lost(made, facts, (fact) => knows(byName, byAddress, fact)),
      [],
    )

    const macs = new Set(files.flatMap((file) => macsOf(texts[file] ?? '')))
    const owners = getent(run, 'ethers', macs)
    const names = new Set([...owners.values()].flatMap((line) => words(line).slice(1)))
    const macsBack = getent(run, 'ethers', names)
    const told = new Set(commentsOf(made).flatMap((line) => words(line).map(plainMac)))
    const unknown = [...macs].filter((mac) => {
      const [shown = '', owner = ''] = words(owners.get(mac))
      const isSound = owner !== '' && plainMac(shown) === plainMac(mac) && macsBack.get(owner) !== ''
      return !isSound && !told.has(plainMac(mac))
    })
    t.same(unknown, [])
    t.ok(facts.length + macs.size > 5, `${facts.length} facts and ${macs.size} MACs`)
  })
}

/** A MAC with two digits each and colons. */
function plainMac(text: string): string {
  const octets = foldCase(text)
    .replace(/[^0-9a-f:-]|:$/g, '')
    .split(/[:-]/)
  return octets.map((octet) => octet.padStart(2, '0')).join(':')
}
