// The rule of how a file begins.
import type { Tree } from './facts.ts'

const INTRODUCTION = /^\/\*\*[\s*]+[^\s*/][\s\S]*?[.:][\s\S]*?\*\//
/** In tests and benchmarks a plain comment is enough; what a test is for say its titles. */
const REMARK = /^(?:\/\/|\/\*\*?)\s+\S[\s\S]*?[.:]/

/** The files, C included, that do not begin with a comment in which a sentence says what they are. */
export function unintroduced(tree: Tree): string[] {
  const paths = Object.keys(tree).filter((path) => {
    if (path.endsWith('.test.ts')) return false
    return !(/^(?:test|bench)\//.test(path) ? REMARK : INTRODUCTION).test(tree[path] ?? '')
  })
  return paths.map((path) => `${path}:1: does not begin with a sentence that says what it is`)
}
