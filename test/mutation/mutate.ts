// `npm run mutate [WORD]`: puts small faults into the targets, one at a time, and runs their tests. Ends with 1 where fewer
// than nine in ten are noticed, or where one that is not noticed has no reason in survivors.tsv. Then the patches of
// test/nss/mutants, for the module in C.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { TARGETS, type Target } from './targets.ts'

const root = join(import.meta.dirname, '../..')
const work = 'build/mutation'
/** This run's own files, so that two runs can go on side by side. */
const own = join(work, `run.${process.pid}`)
/** The least share of mutants that the tests must notice, in percent. */
const LEAST = 90
/**
 * How long tests wait for what has to happen, and how much longer than without a fault they may take at all, in milliseconds: what
 * never comes fails the first way, so that the second is for endless loops alone, however slow the machine is.
 */
const PATIENCE = 15_000
const TIMEOUT = 30_000

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}
interface Report {
  readonly files: { readonly [path: string]: { readonly source: string; readonly mutants: readonly Mutant[] } }
}
interface Score {
  readonly target: Target
  readonly noticed: number
  readonly all: number
  /** As survivors.tsv spells them, without a reason. */
  readonly survivors: readonly string[]
  /** Those of the noticed whose tests had to be ended. */
  readonly endless: readonly string[]
}

/** One run of Stryker: the mutants of one file against its tests. */
function scoreOf(target: Target): Score {
  const config = join(root, own, 'stryker.json')
  const report = join(own, 'report.json')
  mkdirSync(join(root, own), { recursive: true })
  writeFileSync(config, JSON.stringify(configFor(target, report)))
  const stryker = join(root, work, 'node_modules/.bin/stryker')
  // A test file of tap ends itself after half a minute unless it is told otherwise.
  const env = { ...process.env, KICKBACK_TEST_PATIENCE: String(PATIENCE), TAP_TIMEOUT: String(TIMEOUT / 50) }
  const { status, stdout } = spawnSync(stryker, ['run', relative(root, config)], { cwd: root, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`Stryker ended with ${status} for ${target.source}:\n${stdout}`)
  const found = JSON.parse(readFileSync(join(root, report), 'utf8')) as Report
  rmSync(join(root, own), { recursive: true })
  return scored(target, found)
}

function configFor({ source, tests }: Target, report: string): object {
  return {
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    // -r loads the runner's hook into the process of each test file, which strips the types by itself.
    tap: { testFiles: tests, nodeArgs: ['--no-warnings', '-r', '{{hookFile}}', '{{testFile}}'], forceBail: true },
    mutate: [source],
    // What is built or left over by runs; tests read docs/, and the packages are linked.
    ignorePatterns: ['dist', 'build', 'run', '.tap', 'bench'],
    // TypeScript 7 has no API that Stryker could rewrite a tsconfig.json with, and none is needed to strip types.
    tsconfigFile: `${work}/none.json`,
    coverageAnalysis: 'perTest',
    // Many faults make tests wait, and not work.
    concurrency: 2 * availableParallelism(),
    timeoutMS: TIMEOUT,
    reporters: ['json'],
    jsonReporter: { fileName: report },
    tempDirName: `${own}/sandbox`,
  }
}

function scored(target: Target, { files }: Report): Score {
  const file = files[target.source]
  if (file === undefined) throw new Error(`${target.source} has no mutants: was it moved?`)
  const lines = file.source.split('\n')
  const tried = file.mutants.filter((mutant) => !/Error|Ignored/.test(mutant.status) && !isMessage(mutant, lines))
  const withStatus = (...statuses: string[]): string[] =>
    tried.filter(({ status }) => statuses.includes(status)).map((mutant) => spelled(target.source, mutant, lines))
  const survivors = withStatus('Survived', 'NoCoverage')
  return {
    ...{ target, survivors, endless: withStatus('Timeout') },
    noticed: tried.length - survivors.length,
    all: tried.length,
  }
}

/**
 * Whether all that a mutant does is to empty a text of several words: what people read may be put better at any time, and no
 * test is to hold on to it. Texts with a NUL are of protocols.
 */
function isMessage(mutant: Mutant, lines: readonly string[]): boolean {
  const isEmptied = mutant.mutatorName === 'StringLiteral' && /^(""|``)$/.test(mutant.replacement ?? '')
  const part = partOf(mutant, lines)
  return isEmptied && / /.test(part.trim()) && !part.includes('\\0')
}

/** A mutant by its text, so that lines above it may come and go: file, mutator, line, what becomes of which part of it. */
function spelled(source: string, mutant: Mutant, lines: readonly string[]): string {
  const { mutatorName, replacement = '', location } = mutant
  const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()
  const line = flat(lines[location.start.line - 1] ?? '')
  return [source, mutatorName, line, `${flat(partOf(mutant, lines))} -> ${flat(replacement)}`].join('\t')
}

/** The text that a mutant replaces, to the end of its first line. */
function partOf({ location: { start, end } }: Mutant, lines: readonly string[]): string {
  const line = lines[start.line - 1] ?? ''
  return start.line === end.line ? line.slice(start.column - 1, end.column - 1) : line.slice(start.column - 1)
}

/** Mutants that no test notices, with the reason why they may stay. */
function explained(): ReadonlySet<string> {
  const text = readFileSync(join(import.meta.dirname, 'survivors.tsv'), 'utf8')
  const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Set(rows.map((row) => row.split('\t').slice(0, 4).join('\t')))
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000)
}

const word = process.argv[2] ?? ''
const chosen = TARGETS.filter(({ source }) => source.includes(word))
const patches = readdirSync(join(root, 'test/nss/mutants')).filter((file) => file.endsWith('.patch'))
if (chosen.length === 0 && !patches.some((file) => file.replace('.patch', '').includes(word))) {
  const where = 'test/mutation/targets.ts or among the patches of test/nss/mutants'
  console.error(`mutate: nothing in ${where} has ${JSON.stringify(word)} in its name: give a part of one`)
  process.exit(2)
}
const reasons = explained()
const begin = performance.now()
let isGood = true
for (const target of chosen) {
  const start = performance.now()
  const { noticed, all, survivors, endless } = scoreOf(target)
  const percent = all === 0 ? 100 : (100 * noticed) / all
  const seconds = secondsSince(start)
  console.log(`${target.source}: ${noticed} of ${all} noticed (${percent.toFixed(1)} %), in ${seconds} s`)
  for (const mutant of endless) console.log(`  noticed, for the tests did not end:\t${mutant}`)
  const unexplained = survivors.filter((survivor) => !reasons.has(survivor))
  for (const survivor of unexplained) console.log(`  not noticed, and no reason given:\t${survivor}`)
  const stale = [...reasons].filter((row) => row.startsWith(`${target.source}\t`) && !survivors.includes(row))
  for (const row of stale) console.log(`  a reason is given, and it is noticed or gone:\t${row}`)
  if (percent < LEAST || unexplained.length > 0) isGood = false
}
console.log(`${chosen.length} targets in ${Math.round(secondsSince(begin) / 60)} min`)
const module = spawnSync(process.execPath, [join(root, 'test/nss/mutants/run.ts'), word], { stdio: 'inherit' })
if (module.status !== 0) isGood = false
process.exitCode = isGood ? 0 : 1
