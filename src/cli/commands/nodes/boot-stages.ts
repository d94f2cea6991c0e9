/** The stages at which the nodes of a configuration are, as the file says now: a stage moves without a new generation. */
import { readFile } from 'node:fs/promises'
import { type BootPlan, BootPlans } from '../../../boot/index.ts'
import { parseConfig } from '../../../config/index.ts'

/** The stages of one configuration, which is read again only where it is another file. */
export class BootStages {
  readonly #file: string
  #bytes: Buffer | undefined
  #stages: ReadonlyMap<number, string> = new Map()

  constructor(file: string) {
    this.#file = file
  }

  /** By the number of a node; a node that boots nothing from the network and has no sequence has none. None at all if the file cannot be read. */
  async now(): Promise<ReadonlyMap<number, string>> {
    const bytes = await readFile(this.#file).catch(() => undefined)
    if (bytes === undefined) return new Map()
    if (this.#bytes?.equals(bytes)) return this.#stages
    this.#bytes = bytes
    const { cluster } = parseConfig(bytes, { file: this.#file })
    this.#stages = new Map(Array.from(new BootPlans(cluster).all()).flatMap(stageOf))
    return this.#stages
  }
}

function stageOf({ number, sequence, next, stage }: BootPlan): readonly (readonly [number, string])[] {
  return sequence.length > 0 || next.kind === 'image' ? [[number, stage]] : []
}
