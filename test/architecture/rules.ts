// The rules of the house (docs: docs/development.md, "The tree"). Each rule is a function of the facts and gives sentences.
import { posix } from 'node:path'
import type { FileFacts, Place } from './facts.ts'

/** One broken rule, as `path:line: what is wrong`. */
export type Violation = string

/** The stages of src/ in the order in which data flows; stages of one rank know nothing of each other. nss is C, and none. */
export const stages: Readonly<Record<string, number>> = {
  page: 0,
  values: 0,
  config: 1,
  resolver: 2,
  import: 2,
  kickback: 3,
  dns: 3,
  boot: 3,
  daemon: 4,
  setup: 4,
  cli: 5,
}

/** Node's built-in modules that a pure stage may import: they reach no file, socket, clock or process. */
const pureBuiltins: Readonly<Record<string, readonly string[]>> = {
  config: ['node:util', 'node:buffer'],
  resolver: ['node:util', 'node:buffer', 'node:crypto'],
  import: ['node:util', 'node:buffer'],
}

/** What src/cli alone may read or do with the process. */
const doorOnly = new Set(
  ['argv', 'env', 'on', 'once', 'exit', 'exitCode', 'stdin', 'stdout', 'stderr', 'cwd', 'chdir', 'kill'].map(
    (member) => `process.${member}`,
  ),
)

const vagueNames = /^(utils?|helpers?|common|misc)$|Impl$|-impl$/i

/** The most lines of a function and of a file, and the most files of code in a folder of src/: more are a violation. */
export const sizes = { function: 60, file: 400, folder: 16 }

/** A function of more lines is listed: somebody should look at it again. */
const LONG_FUNCTION = 40

/** Folders of src/ that may hold more files of code, and why. */
export const largeFolders: Readonly<Record<string, string>> = {
  'src/nss': 'C: a header stands beside each source, and installers compile the folder as it is',
}

/** Every rule over every file; empty when the house is in order. `dependencies` are the package.json's. */
export function violations(files: readonly FileFacts[], dependencies: readonly string[]): Violation[] {
  return [
    ...files.flatMap((file) => [
      ...misplaced(file),
      ...vaguelyNamed(file),
      ...file.imports.flatMap((i) => wrongImport(file, i, dependencies)),
      ...file.globals.flatMap((use) => wrongGlobal(file, use)),
      ...timeOfItsOwn(file),
      ...unguardedCallbacks(file),
      ...tooLong(file),
      ...file.undocumented.map((place) => at(file, place, `exported ${place.name} has no doc comment`)),
    ]),
    ...packagesInSeveralFiles(files),
    ...new Set([
      ...circles(new Map(files.map((file) => [file.path, neighbours(file)]))),
      ...circles(neighbouringRooms(files)),
    ]),
  ]
}

/** The rules for the programs of tools/ and packaging/, which may import anything of src, of tools and of their own folder, and of packages those that are named. */
export function toolViolations(files: readonly FileFacts[], packages: readonly string[] = []): Violation[] {
  return files.flatMap((file) => [
    ...vaguelyNamed(file),
    ...tooLong(file),
    ...file.undocumented.map((place) => at(file, place, `exported ${place.name} has no doc comment`)),
    ...file.imports
      .filter(({ name }) => !name.startsWith('node:') && !packages.includes(packageOf(name)))
      .filter((place) => !isOfTree(file, place))
      .map((place) =>
        at(file, place, `imports ${place.name}, which is neither of src nor of tools nor of its own folder`),
      ),
  ])
}

function isOfTree(file: FileFacts, place: Place): boolean {
  const [own = ''] = file.path.split('/')
  return (
    place.name.startsWith('.') && ['src', 'tools', own].some((folder) => targetOf(file, place).startsWith(`${folder}/`))
  )
}

/** Folders with more files of code than the house allows, and exceptions that no folder needs; `paths` are all files of src/. */
export function fullFolders(paths: readonly string[], exceptions = largeFolders): Violation[] {
  const counts = new Map<string, number>()
  for (const path of paths.filter((path) => /\.(?:ts|c|h)$/.test(path))) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const full = [...counts].filter(([, count]) => count > sizes.folder)
  const needless = Object.keys(exceptions).filter((folder) => !full.some(([each]) => each === folder))
  return [
    ...full
      .filter(([folder]) => !Object.hasOwn(exceptions, folder))
      .map(([folder, count]) => `${folder}: holds ${count} files of code; a folder has at most ${sizes.folder}`),
    ...needless.map((folder) => `${folder}: is no large folder (any more); take it off the list`),
  ]
}

/** Functions that somebody should look at again, largest first: a report, no violation. */
export function largest(files: readonly FileFacts[]): string[] {
  return files
    .flatMap((file) => file.functions.map((f) => ({ lines: f.lines, text: `${file.path}:${f.line} ${f.name}` })))
    .filter((f) => f.lines > LONG_FUNCTION)
    .sort((a, b) => b.lines - a.lines)
    .map(({ lines, text }) => `${lines} lines: ${text}`)
}

function tooLong(file: FileFacts): Violation[] {
  const functions = file.functions.filter((f) => f.lines > sizes.function)
  const found = functions.map((f) =>
    at(file, f, `${f.name} has ${f.lines} lines; a function has at most ${sizes.function}`),
  )
  if (file.lines > sizes.file) found.push(`${file.path}: has ${file.lines} lines; a file has at most ${sizes.file}`)
  return found
}

function at(file: FileFacts, place: Place, message: string): Violation {
  return `${file.path}:${place.line}: ${message}`
}

function stageOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function misplaced(file: FileFacts): Violation[] {
  const isStage = Object.hasOwn(stages, stageOf(file.path)) && file.path.split('/').length > 2
  return isStage ? [] : [`${file.path}:1: lies in no stage`]
}

function vaguelyNamed(file: FileFacts): Violation[] {
  const words = file.path.replace(/\.ts$/, '').split('/')
  const vague = words.filter((word) => vagueNames.test(word))
  return vague.map((word) => `${file.path}:1: ${word} names nothing of the field`)
}

function wrongImport(file: FileFacts, place: Place, dependencies: readonly string[]): Violation[] {
  const { name } = place
  const stage = stageOf(file.path)
  if (name === '?') return [at(file, place, 'imports what only the running program knows')]
  if (name.startsWith('.')) return wrongNeighbour(file, place)
  if (name.startsWith('node:')) {
    const allowed = pureBuiltins[stage]
    return allowed === undefined || allowed.includes(name)
      ? []
      : [at(file, place, `${stage} is pure and imports ${name}`)]
  }
  return dependencies.includes(packageOf(name)) ? [] : [at(file, place, `imports ${name}, which is no dependency`)]
}

function wrongNeighbour(file: FileFacts, place: Place): Violation[] {
  const target = targetOf(file, place)
  const from = stageOf(file.path)
  const to = stageOf(target)
  if (!target.startsWith('src/')) return [at(file, place, `imports ${target}, outside src`)]
  if (from === to) return []
  const rank = stages[to] ?? Number.POSITIVE_INFINITY
  if (rank > (stages[from] ?? -1)) return [at(file, place, `${from} imports upward from ${to}`)]
  if (rank === stages[from]) return [at(file, place, `${from} imports sideways from ${to}`)]
  return target === `src/${to}/index.ts` ? [] : [at(file, place, `imports deep into ${to}: ${target}`)]
}

function targetOf(file: FileFacts, place: Place): string {
  return posix.join(posix.dirname(file.path), place.name)
}

/** `zod/v4` -> `zod`, `@scope/name/x` -> `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function wrongGlobal(file: FileFacts, use: Place): Violation[] {
  const stage = stageOf(file.path)
  if (stage === 'cli') return []
  const isPure = pureBuiltins[stage] !== undefined
  const forbidden = isPure || doorOnly.has(use.name) || !use.name.startsWith('process.')
  return forbidden ? [at(file, use, `uses ${use.name} outside src/cli`)] : []
}

/** What a browser runs has the browser's clock, and no daemon that it could end. */
function isOfBrowser({ path }: FileFacts): boolean {
  return path.startsWith('src/page/browser/')
}

/** Time comes in through a clock, so that a test can hold it still and move it. */
function timeOfItsOwn(file: FileFacts): Violation[] {
  if (file.path === 'src/values/clock.ts' || isOfBrowser(file)) return []
  return file.times.map((use) => at(file, use, `uses ${use.name}; time comes from src/values/clock.ts`))
}

/** The clock and the guard themselves are the two that hand on what others have guarded. */
function unguardedCallbacks(file: FileFacts): Violation[] {
  if (file.path === 'src/values/clock.ts' || file.path === 'src/values/handlers.ts' || isOfBrowser(file)) return []
  return file.unguarded.map((place) => at(file, place, `what ${place.name} gets here is not guarded by handlers`))
}

function packagesInSeveralFiles(files: readonly FileFacts[]): Violation[] {
  const users = new Map<string, Set<string>>()
  for (const file of files) {
    for (const { name } of file.imports) {
      if (name === '?' || name.startsWith('.') || name.startsWith('node:')) continue
      users.set(packageOf(name), (users.get(packageOf(name)) ?? new Set()).add(file.path))
    }
  }
  const shared = [...users].filter(([, paths]) => paths.size > 1)
  return shared.map(([name, paths]) => `${[...paths].join(', ')}: all import ${name}; one file should`)
}

/** Each circle once, from its first member in the order of `next` back to it; `next` says what each one imports. */
function circles(next: ReadonlyMap<string, readonly string[]>): Violation[] {
  const found: Violation[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push(`${[...trail.slice(start), path].join(' -> ')}: a circle`)
    if (start >= 0 || done.has(path)) return
    for (const target of next.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return found
}

function neighbours(file: FileFacts): string[] {
  return file.imports.filter(({ name }) => name.startsWith('.')).map((place) => targetOf(file, place))
}

/** The rooms that each room imports from: folders inside a stage, and files that lie in the stage's own folder. */
function neighbouringRooms(files: readonly FileFacts[]): Map<string, readonly string[]> {
  const rooms = new Map<string, Set<string>>()
  for (const file of files) {
    const from = roomOf(file.path)
    const targets = neighbours(file).map(roomOf)
    const others = targets.filter((to) => to !== from && stageOf(to) === stageOf(from))
    rooms.set(from, new Set([...(rooms.get(from) ?? []), ...others]))
  }
  return new Map([...rooms].map(([room, others]) => [room, [...others]]))
}

/** `src/dns/wire/name.ts` -> `src/dns/wire`; a file that lies in its stage's own folder is a room by itself. */
function roomOf(path: string): string {
  return path.split('/').slice(0, 3).join('/')
}
