// What each file exports and takes from others, and which exports nobody takes.
import { posix } from 'node:path'
import {
  type ExportDeclaration,
  type ImportDeclaration,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'
import { textOf } from './node-text.ts'

/** All names of a module: `export * from`, `import * as`, and a dynamic import whose names are not written down. */
const ALL = '*'

/** A declaration that a file exports. */
export interface Exported {
  readonly name: string
  /** Whether its own file uses it. */
  readonly isUsedHere: boolean
}

/** A name that a file takes from another one. */
export interface Taken {
  readonly from: string
  /** ALL for every name. */
  readonly name: string
  /** The name under which it is handed on; ALL for the same names. Undefined where it is used here. */
  readonly handedOn?: string
}

/** The names that a file takes, by imports of any kind and by re-exports. `nodes` are all of its nodes. */
export function takenBy(source: SourceFile, nodes: readonly Node[]): Taken[] {
  return [
    ...source.statements.flatMap((statement) => [
      ...(is.isImportDeclaration(statement) ? importedNames(statement, nodes) : []),
      ...(is.isExportDeclaration(statement) ? handedOnNames(statement) : []),
    ]),
    ...nodes.flatMap(dynamicNames),
  ]
}

function importedNames(statement: ImportDeclaration, nodes: readonly Node[]): Taken[] {
  const from = textOf(statement.moduleSpecifier)
  const bindings = statement.importClause?.namedBindings
  if (bindings === undefined) return []
  if (is.isNamedImports(bindings))
    return bindings.elements.map((one) => ({ from, name: textOf(one.propertyName ?? one.name) }))
  return namesOfSpace(textOf(bindings.name), nodes).map((name) => ({ from, name }))
}

/** What is taken of `import * as space`: `space.name`, or all of it where it is used whole. */
function namesOfSpace(space: string, nodes: readonly Node[]): string[] {
  const uses = nodes.filter(
    (node) => is.isIdentifier(node) && node.text === space && !is.isNamespaceImport(node.parent),
  )
  return uses.map(({ parent }) => {
    if (is.isPropertyAccessExpression(parent)) return textOf(parent.name)
    return is.isQualifiedName(parent) ? textOf(parent.right) : ALL
  })
}

function handedOnNames(statement: ExportDeclaration): Taken[] {
  if (statement.moduleSpecifier === undefined) return []
  const from = textOf(statement.moduleSpecifier)
  const clause = statement.exportClause
  if (clause === undefined) return [{ from, name: ALL, handedOn: ALL }]
  if (!is.isNamedExports(clause)) return [{ from, name: ALL, handedOn: textOf(clause.name) }]
  return clause.elements.map((one) => ({
    from,
    name: textOf(one.propertyName ?? one.name),
    handedOn: textOf(one.name),
  }))
}

/** `const { name } = await import('./x.ts')`; all names where they are not written down. */
function dynamicNames(node: Node): Taken[] {
  if (!is.isCallExpression(node) || node.expression.kind !== SyntaxKind.ImportKeyword) return []
  const [specifier] = node.arguments
  if (specifier === undefined || !is.isStringLiteral(specifier)) return []
  const from = specifier.text
  const declaration = is.isAwaitExpression(node.parent) ? node.parent.parent : undefined
  const pattern = declaration !== undefined && is.isVariableDeclaration(declaration) ? declaration.name : undefined
  if (pattern === undefined || !is.isObjectBindingPattern(pattern)) return [{ from, name: ALL }]
  return pattern.elements.flatMap((one) => ('name' in one ? [{ from, name: textOf(one.name as Node) }] : []))
}

/** A file as far as names go: those that it declares and exports, and those that it takes. */
export interface Traffic {
  readonly path: string
  readonly exported: readonly Exported[]
  readonly taken: readonly Taken[]
}

/** Exports that are not used, each as `PATH: NAME`. */
export interface Unused {
  /** Nobody imports it, not even a test: it is private. Or an index hands it on, and only tests take it there. */
  readonly byAnybody: readonly string[]
  /** Only tests use it, and its own file does not: the program has no use for it. */
  readonly byProgram: readonly string[]
}

/**
 * The exports of `files` that nothing takes. `programs` are other programs that use them, `tests` are tests. A name that is
 * handed on counts where it arrives; a test takes a name from the file that declares it.
 */
export function unusedExports(
  files: readonly Traffic[],
  programs: readonly Traffic[],
  tests: readonly Traffic[],
): Unused {
  const byProgram = usesOf(files, [...files, ...programs])
  const byAnybody = usesOf(files, [...files, ...programs, ...tests])
  return {
    byAnybody: files.flatMap((file) => [
      ...unusedOf(file.path, file.exported, byAnybody),
      ...unusedOf(file.path, handedOn(file, files), byProgram),
    ]),
    byProgram: files.flatMap((file) => {
      const elsewhere = file.exported.filter(({ name, isUsedHere }) => !isUsedHere && byAnybody.isUsed(file.path, name))
      return unusedOf(file.path, elsewhere, byProgram)
    }),
  }
}

function unusedOf(path: string, names: readonly { readonly name: string }[], uses: Uses): string[] {
  return names.filter(({ name }) => !uses.isUsed(path, name)).map(({ name }) => `${path}: ${name}`)
}

/** The names that a file hands on; of `export *` all that the other file has. */
function handedOn(file: Traffic, files: readonly Traffic[]): { readonly name: string }[] {
  return file.taken.flatMap(({ from, handedOn: name }) => {
    if (name === undefined) return []
    if (name !== ALL) return [{ name }]
    const path = posix.join(posix.dirname(file.path), from)
    const other = files.find((each) => each.path === path)
    return other === undefined ? [] : [...other.exported, ...handedOn(other, files)]
  })
}

function usesOf(files: readonly Traffic[], users: readonly Traffic[]): Uses {
  const uses = new Uses(files)
  for (const user of users) for (const taken of user.taken) uses.take(user.path, taken)
  return uses
}

/** Which names of which files are used. */
class Uses {
  readonly #files: ReadonlyMap<string, Traffic>
  readonly #used = new Set<string>()

  constructor(files: readonly Traffic[]) {
    this.#files = new Map(files.map((file) => [file.path, file]))
  }

  isUsed(path: string, name: string): boolean {
    return this.#used.has(`${path} ${name}`) || this.#used.has(`${path} ${ALL}`)
  }

  /** What a file takes for itself is used. */
  take(path: string, { from, name, handedOn }: Taken): void {
    if (handedOn === undefined && from.startsWith('.')) this.#use(posix.join(posix.dirname(path), from), name)
  }

  /** The name is used, and in the file that declares it, if this one hands it on. */
  #use(path: string, name: string): void {
    const key = `${path} ${name}`
    if (this.#used.has(key)) return
    this.#used.add(key)
    for (const taken of this.#files.get(path)?.taken ?? []) {
      if (taken.handedOn === undefined) continue
      const target = posix.join(posix.dirname(path), taken.from)
      if (taken.handedOn === ALL) this.#use(target, name)
      else if (name === ALL || taken.handedOn === name) this.#use(target, taken.name)
    }
  }
}
