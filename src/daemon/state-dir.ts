/** The state dir of a master: its keys, its history, the generations that it keeps, the pin of one of them, and the mark of a restore. */
import { join } from 'node:path'
import type { Snapshot } from '../resolver/index.ts'
import { hex, type Log, messageOf } from '../values/index.ts'
import { KeptHistory } from './generations/kept-history.ts'
import { Restored } from './generations/restored.ts'
import { keyPairFault } from './generations/signing-key.ts'
import { ANYBODY, proved } from './judge/content.ts'
import type { SourceContent } from './sources/source.ts'
import { KeptGenerations } from './store/kept/generations.ts'
import { Pin, type PinnedContent } from './store/pin.ts'
import { MasterTrust } from './trust/master-trust.ts'

/** The content of an earlier generation, and the configuration that it was made from, as far as that is known. */
interface EarlierGeneration {
  readonly snapshot: Snapshot
  readonly config: SourceContent | undefined
}

/** What is in it. */
interface StateParts {
  readonly keys: MasterTrust
  readonly history: KeptHistory
  readonly generations: KeptGenerations
  readonly pin: Pin
  readonly restored: Restored
}

/** An open state dir. */
export class StateDir {
  readonly keys: MasterTrust
  readonly history: KeptHistory
  readonly generations: KeptGenerations
  readonly pin: Pin
  readonly restored: Restored
  readonly #log: Log

  private constructor({ keys, history, generations, pin, restored }: StateParts, log: Log) {
    this.keys = keys
    this.history = history
    this.generations = generations
    this.pin = pin
    this.restored = restored
    this.#log = log
  }

  /** Opens it; the keys are made at the first start. `clock`: seconds since 1970. Rejects where they cannot be had. What else is damaged costs itself, and is logged. */
  static async open(path: string, log: Log, clock: () => number): Promise<StateDir> {
    const file = join(path, 'signing.key')
    const keys = await MasterTrust.open({ stateDir: path, log, clock })
    if (keys.exposed) log.warn({ file }, 'other users can read the signing key: use chmod go=')
    const fault = keyPairFault(path)
    if (fault !== undefined) log.warn({}, fault)
    const folder = join(path, 'generations')
    const generations = await KeptGenerations.open({
      folder,
      believed: (bytes) => proved(bytes, ANYBODY),
      log,
    })
    const history = KeptHistory.open(join(path, 'history'), log)
    const pin = Pin.open(join(path, 'pin'), log)
    return new StateDir({ keys, history, generations, pin, restored: Restored.open(path, log) }, log)
  }

  /** An earlier generation. Rejects, with the reason, if it is not kept. */
  async earlier(generation: number): Promise<EarlierGeneration> {
    const snapshot = await this.generations.read(generation)
    return { snapshot, config: await this.configOf(snapshot) }
  }

  /** The number by which pinned content is kept: the newest one that it has, since the one that was gone back to may be forgotten. */
  pinnedNumber({ digest, generation }: PinnedContent): number {
    return this.generations.withDigest(digest)?.generation ?? generation
  }

  /** The configuration that content was made from; undefined where no kept generation tells it. */
  async configOf({ digest, generation }: Snapshot): Promise<SourceContent | undefined> {
    try {
      return await this.generations.configOf(hex(digest))
    } catch (error) {
      this.#log.warn({ generation, reason: messageOf(error) }, 'the configuration of a kept generation is not known')
      return undefined
    }
  }
}
