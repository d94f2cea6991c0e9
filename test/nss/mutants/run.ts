// `node test/nss/mutants/run.ts [WORD]`, a part of `npm run mutate`: puts the small faults of the patches beside this file into a copy
// of the checkout, one at a time, builds, and runs the test that each names, which must fail. WORD picks patches by a part of
// the name. Ends with 1 where a fault is not noticed and has no reason in survivors.tsv, or where a patch no longer applies.
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

const here = import.meta.dirname
const root = join(here, '../../..')
const copy = join(root, 'build/mutants')
/** No test of the module takes so long; one that does hangs by the fault. */
const TIMEOUT = 300_000

/** A small fault: what a file of this folder says. */
interface Mutant {
  readonly name: string
  readonly patch: string
  readonly test: string
}

function mutants(): Mutant[] {
  const names = readdirSync(here).filter((file) => file.endsWith('.patch'))
  return names.sort().map((file) => {
    const patch = join(here, file)
    const test = /^Test: (\S+)$/m.exec(readFileSync(patch, 'utf8'))?.[1]
    if (test === undefined) throw new Error(`${file}: no line says which test must notice it`)
    return { name: file.replace('.patch', ''), patch, test }
  })
}

/** Copies what git knows of, and what it does not ignore, so that nothing happens to the checkout. */
function makeCopy(): void {
  rmSync(copy, { recursive: true, force: true })
  const list = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of list.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

function run(command: string, ...args: readonly string[]): SpawnSyncReturns<Buffer> {
  return spawnSync(command, args, {
    cwd: copy,
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const runTest = (test: string): SpawnSyncReturns<Buffer> => run(process.execPath, '--no-warnings', test)

function patched(mutant: Mutant, ...options: readonly string[]): boolean {
  return run('patch', '-s', '-p1', ...options, '-i', mutant.patch).status === 0
}

/** What came of one fault. The copy is as it was before. */
function tried(mutant: Mutant): 'noticed' | 'not noticed' | 'does not apply' | 'does not build' {
  if (!patched(mutant, '--dry-run') || !patched(mutant)) return 'does not apply'
  try {
    if (run('make', '-s', '-C', 'src/nss').status !== 0) return 'does not build'
    return runTest(mutant.test).status === 0 ? 'not noticed' : 'noticed'
  } finally {
    patched(mutant, '-R')
  }
}

/** The faults that no test notices, by name, with the reason why they may stay. */
function reasons(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(here, 'survivors.tsv'), 'utf8').split('\n')
  const rows = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t'))
  return new Map(rows.map(([name = '', reason = '']) => [name, reason]))
}

const word = process.argv[2] ?? ''
const chosen = mutants().filter(({ name }) => name.includes(word))
const explained = reasons()
let noticed = 0
let isGood = true
if (chosen.length > 0) makeCopy()
for (const test of new Set(chosen.map((mutant) => mutant.test))) {
  const { status, stdout, stderr } = runTest(test)
  if (status !== 0) throw new Error(`${test} fails without any fault:\n${stdout}${stderr}`)
}
for (const mutant of chosen) {
  const outcome = tried(mutant)
  const reason = outcome === 'not noticed' ? explained.get(mutant.name) : undefined
  if (outcome === 'noticed') noticed++
  else if (reason === undefined) isGood = false
  console.log(`${mutant.name}: ${outcome}${reason === undefined ? '' : `, since ${reason}`}`)
}
console.log(`src/nss: ${noticed} of ${chosen.length} noticed`)
process.exitCode = isGood ? 0 : 1
