/** The nodes that a configuration speaks of, and the lines that do. */
import type { Draft, NumberedNode } from '../draft.ts'
import { NodeSpace } from '../nodes/nodespace.ts'
import type { Span } from '../text/span.ts'

/** The nodes that exist, and where the configuration speaks of each. */
export class NodeSpans {
  readonly space: NodeSpace
  readonly #nodes: readonly NumberedNode[]
  #lines: ReadonlyMap<number, NumberedNode> | undefined

  constructor(draft: Draft) {
    this.space = new NodeSpace(draft.ranges(), draft.nodeCount())
    this.#nodes = draft.nodes()
  }

  /** The node line of a number. Only faults ask, so the map is made when the first does. */
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
