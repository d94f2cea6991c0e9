/**
 * The keys of nodes that were approved, and those that were revoked: a text of one line each, which masters keep and give to each other. A key that
 * one of them revoked is revoked for all, and stays so.
 */

/** What was decided of a key. */
export interface NodeKey {
  readonly state: 'approved' | 'revoked'
  /** The number of the node that it is, or was, of. */
  readonly node: number
  /** See certificateKeyMark. */
  readonly mark: string
  /** When it was decided, in seconds since 1970. */
  readonly time: number
}

/** The most keys that are kept: one for each of 100,000 nodes, and some that were revoked. */
const NODE_KEYS_MAX = 150_000
const FIRST_LINE = 'kickback node keys 1'
const LINE = /^(approved|revoked) (0|[1-9]\d{0,9}) ([0-9a-f]{32}) (0|[1-9]\d{0,11})$/

/** A text that is no list of keys of nodes; the message says in which line. */
export class NodeKeysError extends Error {
  override readonly name = 'NodeKeysError'
}

/** The keys by their marks. */
export class NodeKeys {
  readonly #byMark: Map<string, NodeKey>
  readonly #approved = new Map<number, string>()

  constructor(keys: Iterable<NodeKey> = []) {
    this.#byMark = new Map()
    for (const key of keys) this.#set(key)
  }

  /** The keys of a text. Throws NodeKeysError. */
  static parse(bytes: Uint8Array): NodeKeys {
    const [first, ...lines] = Buffer.from(bytes).toString('latin1').split('\n')
    if (first !== FIRST_LINE || lines.pop() !== '') throw new NodeKeysError('it is no list of keys of nodes')
    if (lines.length > NODE_KEYS_MAX) throw new NodeKeysError(`it has more than ${NODE_KEYS_MAX} keys`)
    return new NodeKeys(lines.map(keyOf))
  }

  /** The same as a text. Equal keys are equal bytes. */
  get text(): Buffer {
    const lines = this.all.map(({ state, node, mark, time }) => `${state} ${node} ${mark} ${time}\n`)
    return Buffer.from(`${FIRST_LINE}\n${lines.join('')}`, 'latin1')
  }

  /** All of them, by their marks. */
  get all(): readonly NodeKey[] {
    return [...this.#byMark.values()].sort((a, b) => (a.mark < b.mark ? -1 : 1))
  }

  /** What was decided of a key; undefined if nothing was. */
  of(mark: string): NodeKey | undefined {
    return this.#byMark.get(mark)
  }

  /** Whether a key was revoked. */
  isRevoked(mark: string): boolean {
    return this.#byMark.get(mark)?.state === 'revoked'
  }

  /** The key of a node that is approved now. */
  approvedOf(node: number): string | undefined {
    return this.#approved.get(node)
  }

  /** The nodes whose keys were all revoked. */
  get ended(): readonly number[] {
    return [...new Set([...this.#byMark.values()].map(({ node }) => node))].filter((node) => !this.#approved.has(node))
  }

  /**
   * A node has this key from now on; one that it had before is revoked, since it may lie on a disk somewhere. False if the key was revoked, or there
   * are too many.
   */
  approve(node: number, mark: string, time: number): boolean {
    if (this.isRevoked(mark) || this.#byMark.size >= NODE_KEYS_MAX) return false
    const before = this.#approved.get(node)
    if (before !== undefined && before !== mark) this.revoke(before, node, time)
    this.#set({ state: 'approved', node, mark, time })
    return true
  }

  /** A key counts no longer, whatever its certificate says. */
  revoke(mark: string, node: number, time: number): void {
    const known = this.#byMark.get(mark)
    if (known?.state !== 'revoked') this.#set({ state: 'revoked', node: known?.node ?? node, mark, time })
  }

  /** Takes what another master decided. Whether that changed anything. */
  merge(other: NodeKeys): boolean {
    let isChanged = false
    for (const key of other.#byMark.values()) {
      const before = this.#byMark.get(key.mark)
      if (before === undefined ? this.#byMark.size >= NODE_KEYS_MAX : !overrules(key, before)) continue
      this.#set(key)
      isChanged = true
    }
    return isChanged
  }

  #set(key: NodeKey): void {
    const before = this.#byMark.get(key.mark)
    if (before !== undefined && this.#approved.get(before.node) === key.mark) this.#approved.delete(before.node)
    this.#byMark.set(key.mark, key)
    if (key.state !== 'approved') return
    const rival = this.#byMark.get(this.#approved.get(key.node) ?? '')
    // Two masters approved two keys of one node: the later one counts as its key. Both do until one is revoked.
    if (rival === undefined || rival.time <= key.time) this.#approved.set(key.node, key.mark)
  }
}

/** Whether one decision counts in place of another one on the same key: the same on all masters, whoever hears of which first. */
function overrules(one: NodeKey, other: NodeKey): boolean {
  if (one.state !== other.state) return one.state === 'revoked'
  if (one.time !== other.time) return one.time < other.time
  return one.node < other.node
}

function keyOf(line: string, i: number): NodeKey {
  const [, state, node, mark = '', time] = LINE.exec(line) ?? []
  if (state !== 'approved' && state !== 'revoked') throw new NodeKeysError(`line ${i + 2} is no key of a node`)
  return { state, node: Number(node), mark, time: Number(time) }
}
