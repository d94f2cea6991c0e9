/** What the configuration itself says of its nodes now: their stages, which move without a new generation, and who is unapproved. */
import { readFile } from 'node:fs/promises'
import { type BootPlan, BootPlans } from '../../../boot/index.ts'
import { parseConfig } from '../../../config/index.ts'

/** What a configuration says of its nodes. */
export interface WrittenNodes {
  /** By the number of a node; a node that boots nothing from the network and has no sequence has none. */
  readonly stages: ReadonlyMap<number, string>
  /** The numbers of those that nobody has approved, ascending. */
  readonly unapproved: readonly number[]
}

const NOTHING: WrittenNodes = { stages: new Map(), unapproved: [] }

/** The stages of one configuration, which is read again only where it is another file. */
export class BootStages {
  readonly #file: string
  #bytes: Buffer | undefined
  #said: WrittenNodes = NOTHING

  constructor(file: string) {
    this.#file = file
  }

  /** What it says; nothing if the file cannot be read. */
  async now(): Promise<WrittenNodes> {
    const bytes = await readFile(this.#file).catch(() => undefined)
    if (bytes === undefined) return NOTHING
    if (this.#bytes?.equals(bytes)) return this.#said
    this.#bytes = bytes
    const { cluster } = parseConfig(bytes, { file: this.#file })
    this.#said = {
      stages: new Map(Array.from(new BootPlans(cluster).all()).flatMap(stageOf)),
      unapproved: cluster.nodes.flatMap(({ number, isApproved }) => (isApproved ? [] : [number])),
    }
    return this.#said
  }
}

function stageOf({ number, sequence, next, stage }: BootPlan): readonly (readonly [number, string])[] {
  return sequence.length > 0 || next.kind === 'image' ? [[number, stage]] : []
}
