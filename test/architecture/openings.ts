// The rule of how a file begins.
import type { Tree } from './facts.ts'

const INTRODUCTION = /^\/\*\*([\s\S]*?)\*\//
/** In tests and benchmarks a plain comment is enough; what a test is for say its titles. */
const REMARK = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/.*(?:\n|$))+))/
/** A sentence, or a line that ends in a colon. */
const SENTENCE = /[^\s*/][\s\S]*[.:]/

/** The files, C included, that do not begin with a comment in which a sentence says what they are. */
export function unintroduced(tree: Tree): string[] {
  const paths = Object.keys(tree).filter((path) => {
    if (path.endsWith('.test.ts')) return false
    const opening = (/^(?:test|bench)\//.test(path) ? REMARK : INTRODUCTION).exec(tree[path] ?? '')
    return !SENTENCE.test(opening?.[1] ?? opening?.[2] ?? '')
  })
  return paths.map((path) => `${path}:1: does not begin with a sentence that says what it is`)
}
