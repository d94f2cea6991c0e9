import type { Draft, PlacedNode } from '../draft.ts'
import { NodeSpace } from '../nodespace.ts'
import type { Span } from '../span.ts'

/** The nodes that exist, and where the configuration speaks of each. */
export class NodePlaces {
  readonly space: NodeSpace
  readonly #lines: ReadonlyMap<number, PlacedNode>

  constructor(draft: Draft) {
    this.space = new NodeSpace(draft.ranges(), draft.nodeCount())
    this.#lines = new Map(draft.nodes().map((node) => [node.number, node]))
  }

  /** The node line of a number. */
  lineOf(number: number): PlacedNode | undefined {
    return this.#lines.get(number)
  }

  /** The node line of a node, else the iprange line that it has its address from; undefined where it does not exist. */
  placeOf(number: number): Span | undefined {
    const run = this.space.runOf(number)
    return run && (this.lineOf(number)?.entry.span ?? run.entry.span)
  }
}
