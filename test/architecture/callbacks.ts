// Which callbacks of a file are given to sockets, timers, watchers, threads or child processes, and whether each is guarded.
import { type Expression, type Node, SyntaxKind } from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'
import { textOf } from './node-text.ts'

/** A callback that is not guarded, or a promise that nobody waits for, and what it is given to. */
export interface Unguarded {
  readonly node: Node
  readonly name: string
}

/** Where each function of Node's that calls back takes what it calls: the number of the argument, or `last`. */
const TAKERS: Readonly<Record<string, number | 'last'>> = {
  on: 1,
  once: 1,
  addListener: 1,
  prependListener: 1,
  prependOnceListener: 1,
  addEventListener: 1,
  setTimeout: 0,
  setInterval: 0,
  setImmediate: 0,
  queueMicrotask: 0,
  nextTick: 0,
  after: 1,
  defer: 0,
  watch: 'last',
  watchFile: 'last',
  execFile: 'last',
  createServer: 'last',
}

/** Functions of Node's that may be given a callback besides other things: one that is written there must be guarded. */
const MAY_TAKE: ReadonlySet<string> = new Set([
  'createSocket',
  'createConnection',
  'connect',
  'bind',
  'listen',
  'send',
  'close',
  'write',
  'end',
  'lookup',
])

/** Calls after `void` that give no promise, as far as src/ uses them. */
const NO_PROMISE: ReadonlySet<string> = new Set(['destroy', 'write'])

/** Everything in a file, given all its nodes, that can throw where nobody catches. */
export function unguardedOf(nodes: readonly Node[]): Unguarded[] {
  const guards = new Set(nodes.flatMap(guardName))
  return nodes.flatMap((node) => [...unguardedCallbacks(node, guards), ...floating(node)])
}

/** The names of handlers that a file guards: the first argument of each `handlers.guard(...)` and `handlers.float(...)`. */
export function guardedNames(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    const [name] = isGuard(node, 'guard') || isGuard(node, 'float') ? node.arguments : []
    return name !== undefined && is.isStringLiteral(name) ? [name.text] : []
  })
}

function unguardedCallbacks(node: Node, guards: ReadonlySet<string>): Unguarded[] {
  if (!is.isCallExpression(node)) return []
  const name = calleeName(node.expression)
  const place = Object.hasOwn(TAKERS, name) ? TAKERS[name] : undefined
  if (place !== undefined) {
    const callback = node.arguments[place === 'last' ? node.arguments.length - 1 : place]
    return callback === undefined || isHarmless(callback, guards) ? [] : [{ node: callback, name }]
  }
  if (!MAY_TAKE.has(name)) return []
  return node.arguments.filter(isFunction).map((callback) => ({ node: callback, name }))
}

/** A guarded handler, or the name of an event, as in `await once(server, 'close')`, which makes a promise of it. */
function isHarmless(callback: Expression, guards: ReadonlySet<string>): boolean {
  if (is.isStringLiteral(callback) || isGuard(callback, 'guard')) return true
  return is.isIdentifier(callback) && guards.has(callback.text)
}

function floating(node: Node): Unguarded[] {
  if (is.isVoidExpression(node) && is.isCallExpression(node.expression)) {
    const name = calleeName(node.expression.expression)
    return NO_PROMISE.has(name) ? [] : [{ node, name: 'void' }]
  }
  if (!is.isExpressionStatement(node) || !is.isCallExpression(node.expression)) return []
  if (!is.isPropertyAccessExpression(node.expression.expression)) return []
  const name = calleeName(node.expression.expression)
  return ['then', 'catch', 'finally'].includes(name) ? [{ node, name }] : []
}

/** `const woken = handlers.guard(...)` -> woken. */
function guardName(node: Node): string[] {
  if (!is.isVariableDeclaration(node) || node.initializer === undefined) return []
  return isGuard(node.initializer, 'guard') && is.isIdentifier(node.name) ? [node.name.text] : []
}

function isGuard(node: Node, method: string): node is Node & { readonly arguments: readonly Expression[] } {
  if (!is.isCallExpression(node) || !is.isPropertyAccessExpression(node.expression)) return false
  const { expression, name } = node.expression
  return is.isIdentifier(expression) && expression.text === 'handlers' && textOf(name) === method
}

function isFunction(node: Node): boolean {
  return node.kind === SyntaxKind.ArrowFunction || node.kind === SyntaxKind.FunctionExpression
}

/** `socket.on` -> on, `setTimeout` -> setTimeout, `this.#defer` -> defer. */
function calleeName(callee: Expression): string {
  if (is.isPropertyAccessExpression(callee)) return textOf(callee.name).replace(/^#defer$/, 'defer')
  return textOf(callee)
}
