// The text of a node of the syntax tree.
import type { Node } from 'typescript/unstable/ast'

/** What an identifier or a literal says; `?` of any other node, which is no name. */
export function textOf(node: Node): string {
  return 'text' in node && typeof node.text === 'string' ? node.text : '?'
}
