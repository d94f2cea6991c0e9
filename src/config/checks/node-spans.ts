/** The nodes of a configuration, and the lines about them. */
import type { Draft, NumberedNode } from '../draft.ts'
import { NodeSpace } from '../nodes/nodespace.ts'
import type { Span } from '../text/span.ts'

/** The nodes that exist, and the span about each of them. */
export class NodeSpans {
  readonly space: NodeSpace
  readonly #nodes: readonly NumberedNode[]
  #lines: ReadonlyMap<number, NumberedNode> | undefined

  constructor(draft: Draft) {
    this.space = new NodeSpace(draft.ranges(), draft.nodeCount())
    this.#nodes = draft.nodes()
  }

  /** The node line of a number. Only messages need it, so the map is made for the first one. */
  #lineOf(number: number): NumberedNode | undefined {
    this.#lines ??= new Map(this.#nodes.map((node) => [node.number, node]))
    return this.#lines.get(number)
  }

  /** The node line of a node, else the iprange line that it has its address from; undefined if it does not exist. */
  spanOf(number: number): Span | undefined {
    const [run] = this.space.runsOf(number)
    return run && (this.#lineOf(number)?.entry.span ?? run.entry.span)
  }
}
