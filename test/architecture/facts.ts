// What the rules need to know of a TypeScript file, read from the compiler's own syntax tree.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Expression, type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API } from 'typescript/unstable/sync'
import { guardedNames, unguardedOf } from './callbacks.ts'
import { type Exported, type Taken, takenBy } from './exports.ts'
import { textOf } from './node-text.ts'

/** Something found in a file: its name and the line (from 1) where it stands. */
export interface Place {
  readonly name: string
  readonly line: number
}

/** What one file holds; `path` is relative to the repository, with forward slashes. */
export interface FileFacts {
  readonly path: string
  readonly lines: number
  /** Specifiers of static, dynamic and type imports and of re-exports; `import(expression)` is `?`. */
  readonly imports: readonly Place[]
  /** The names that are declared and exported here. */
  readonly exported: readonly Exported[]
  /** The names that are taken from other files. */
  readonly taken: readonly Taken[]
  /** Exported declarations without a doc comment. */
  readonly undocumented: readonly Place[]
  /** Functions of any kind, by the name they are known under. */
  readonly functions: readonly (Place & { readonly lines: number })[]
  /** Uses of the globals `process` and `console`, as `process.argv`; the bare object is `process`. */
  readonly globals: readonly Place[]
  /** Where Node is asked for the time, a timer or a turn of the event loop, as `Date.now`, `setTimeout`, `import node:timers`. */
  readonly times: readonly Place[]
  /** Callbacks of sockets, timers and the like that are not guarded, and promises that nobody waits for, by what takes them. */
  readonly unguarded: readonly Place[]
  /** The names of the handlers that are guarded here. */
  readonly handlers: readonly string[]
}

/** File contents by path. */
export type Tree = Readonly<Record<string, string>>

/** The files below `folder` of the checkout at `root` that end so; TypeScript unless others are asked for. */
export function readTree(root: string, folder: string, endings: readonly string[] = ['.ts']): Tree {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const sources = paths
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => `${folder}/${path}`)
  return Object.fromEntries(sources.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

const virtualRoot = '/tree'

/** The facts of every file of `tree`, in its order. */
export function factsOf(tree: Tree): FileFacts[] {
  const files = Object.fromEntries(Object.entries(tree).map(([path, text]) => [`${virtualRoot}/${path}`, text]))
  const config = `${virtualRoot}/tsconfig.json`
  const options = { noLib: true, noResolve: true, types: [], allowImportingTsExtensions: true, noEmit: true }
  files[config] = JSON.stringify({ compilerOptions: options, files: Object.keys(tree) })
  const api = new API({ cwd: virtualRoot, fs: createVirtualFileSystem(files) })
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    return Object.keys(tree).map((path) => {
      const source = project?.program.getSourceFile(`${virtualRoot}/${path}`)
      if (source === undefined) throw new Error(`the compiler did not read ${path}`)
      return factsOfFile(path, source)
    })
  } finally {
    api.close()
  }
}

function factsOfFile(path: string, source: SourceFile): FileFacts {
  const nodes = descendants(source)
  return {
    path,
    lines: source.text.split('\n').length - (source.text.endsWith('\n') ? 1 : 0),
    imports: [...source.imports.map((i) => placed(source, i, textOf(i))), ...computedImports(source, nodes)],
    exported: exportsOf(source, nodes),
    taken: takenBy(source, nodes),
    undocumented: undocumentedExports(source),
    functions: nodes
      .filter((node) => is.isFunctionLikeDeclaration(node) && 'body' in node && node.body !== undefined)
      .map((node) => {
        const first = lineOf(source, node)
        return { name: functionName(node), line: first, lines: lineAt(source, node.end) - first + 1 }
      }),
    times: [...nodes.filter(isTimeGlobal), ...source.imports.filter(isTimeModule)].map((node) =>
      placed(source, node, timeUse(node)),
    ),
    globals: nodes.filter(isGlobalObject).map((node) => placed(source, node, globalUse(node))),
    unguarded: unguardedOf(nodes).map(({ node, name }) => placed(source, node, name)),
    handlers: guardedNames(nodes),
  }
}

function descendants(node: Node): Node[] {
  const found: Node[] = []
  const visit = (child: Node): void => {
    found.push(child)
    child.forEachChild(visit)
  }
  node.forEachChild(visit)
  return found
}

function lineAt(source: SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1
}

function lineOf(source: SourceFile, node: Node): number {
  return lineAt(source, node.getStart(source))
}

function placed(source: SourceFile, node: Node, name: string): Place {
  return { name, line: lineOf(source, node) }
}

function computedImports(source: SourceFile, nodes: readonly Node[]): Place[] {
  return nodes
    .filter((node) => is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword)
    .filter((node) => is.isCallExpression(node) && !isLiteral(node.arguments[0]))
    .map((node) => placed(source, node, '?'))
}

function isLiteral(node: Expression | undefined): boolean {
  return node !== undefined && is.isStringLiteral(node)
}

function undocumentedExports(source: SourceFile): Place[] {
  const declared = source.statements.flatMap((statement) =>
    declaredNames(statement).map((name) => ({ name, statement })),
  )
  const exported = new Set(source.statements.flatMap(exportedNames))
  const withDoc = documentedStatements(source)
  const documented = new Set(declared.filter(({ statement }) => withDoc.has(statement)).map(({ name }) => name))
  const missing = declared.filter(({ name }) => exported.has(name) && !documented.has(name))
  const once = new Map(missing.map(({ name, statement }) => [name, placed(source, statement, name)]))
  return [...once.values()]
}

/** One comment may stand over a run of constants, line by line, as over the bits of one byte. */
function documentedStatements(source: SourceFile): Set<Node> {
  const documented = new Set<Node>()
  for (const [index, statement] of source.statements.entries()) {
    const before = source.statements[index - 1]
    const continues = before !== undefined && isNextConstant(source, before, statement)
    if (hasDoc(statement) || (continues && documented.has(before))) documented.add(statement)
  }
  return documented
}

function isNextConstant(source: SourceFile, before: Node, statement: Node): boolean {
  const areConstants = is.isVariableStatement(before) && is.isVariableStatement(statement)
  return areConstants && lineOf(source, statement) === lineAt(source, before.end) + 1
}

function hasDoc(statement: Node): boolean {
  return statement.jsDoc !== undefined && statement.jsDoc.length > 0
}

function declaredNames(statement: Node): string[] {
  if (is.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) => boundNames(declaration.name))
  }
  if (is.isExportAssignment(statement)) return ['default']
  if (is.isImportDeclaration(statement) || !('name' in statement)) return []
  return statement.name === undefined ? ['default'] : [textOf(statement.name as Node)]
}

/** The names that a declaration binds; a hole in an array pattern binds none. */
function boundNames(name: Node | undefined): string[] {
  if (name === undefined) return []
  if (is.isIdentifier(name)) return [name.text]
  return descendants(name).flatMap((node) =>
    is.isBindingElement(node) ? boundNames(node.name as Node | undefined) : [],
  )
}

/** The local names that a statement exports: by its modifier, or as `export { name }` of something declared here. */
function exportedNames(statement: Node): string[] {
  if (is.isExportAssignment(statement)) return ['default']
  if (is.isExportDeclaration(statement)) {
    const clause = statement.exportClause
    if (statement.moduleSpecifier !== undefined || clause === undefined || !is.isNamedExports(clause)) return []
    return clause.elements.map((element) => textOf(element.propertyName ?? element.name))
  }
  const modifiers = 'modifiers' in statement ? (statement.modifiers as readonly Node[] | undefined) : undefined
  return modifiers?.some((m) => m.kind === SyntaxKind.ExportKeyword) ? declaredNames(statement) : []
}

function exportsOf(source: SourceFile, nodes: readonly Node[]): Exported[] {
  const written = Map.groupBy(nodes.filter(is.isIdentifier), (node) => node.text)
  const names = new Set(source.statements.flatMap(exportedNames))
  return [...names].map((name) => ({ name, isUsedHere: (written.get(name)?.length ?? 0) > 1 }))
}

function functionName(node: Node): string {
  if ('name' in node && node.name !== undefined) return textOf(node.name as Node)
  if (is.isConstructorDeclaration(node)) return 'constructor'
  const { parent } = node
  return 'name' in parent && parent.name !== undefined ? textOf(parent.name as Node) : 'a function without a name'
}

function isGlobalObject(node: Node): boolean {
  if (!is.isIdentifier(node) || (node.text !== 'process' && node.text !== 'console')) return false
  const { parent } = node
  return !('name' in parent && parent.name === node)
}

function globalUse(node: Node): string {
  const { parent } = node
  const isObject = is.isPropertyAccessExpression(parent) && parent.expression === node
  return isObject ? `${textOf(node)}.${textOf(parent.name)}` : textOf(node)
}

const timeGlobals = new Set(['performance', 'setTimeout', 'setInterval', 'setImmediate'])
const timeModule = /^node:(?:timers|perf_hooks)/

/** A use of a global that tells the time or waits; of `Date` only `Date.now` and `new Date()`: a given moment is no clock. */
function isTimeGlobal(node: Node): boolean {
  if (!is.isIdentifier(node)) return false
  const { parent } = node
  const isName = 'name' in parent && parent.name === node
  if (timeGlobals.has(node.text)) return !isName
  if (node.text !== 'Date' || isName) return false
  if (is.isPropertyAccessExpression(parent)) return textOf(parent.name) === 'now'
  return is.isNewExpression(parent) && (parent.arguments?.length ?? 0) === 0
}

function isTimeModule(node: Node): boolean {
  return timeModule.test(textOf(node))
}

function timeUse(node: Node): string {
  if (isTimeModule(node)) return `import ${textOf(node)}`
  return textOf(node) === 'Date' ? 'the time' : textOf(node)
}
