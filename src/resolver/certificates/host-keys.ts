/** The public ssh host keys of machines (RFC 4253, 6.6), and those of one node as a master keeps them: which count, and which wait for an administrator. */
import { createHash } from 'node:crypto'

/** A public host key. */
export interface HostKey {
  /** As sshd(8) names it: `ssh-ed25519`. */
  readonly type: string
  /** The key as it stands in files, in base64. */
  readonly base64: string
}

/**
 * What is known of a key: `approved` counts; so does `absent`, which the node did not tell the last time; `waiting` was told beside those that
 * count; `refused` was refused by an administrator.
 */
export type HostKeyState = 'approved' | 'absent' | 'waiting' | 'refused'

/** A host key of a node. */
export interface KeptHostKey extends HostKey {
  readonly state: HostKeyState
  /** Since when it has this state, in seconds since 1970. */
  readonly time: number
}

/** The most keys that a node may have: sshd makes three. */
export const HOST_KEYS_MAX = 8
/** The largest key, in bytes: one of RSA with 16384 bits. */
export const HOST_KEY_MAX = 2200

/** A text that is no list of host keys; the message says in which line. */
class HostKeysError extends Error {
  override readonly name = 'HostKeysError'
}

/** The parts of a key behind its type, and whether they are those of such a key. */
type Judge = (parts: readonly Buffer[]) => boolean

/** How many bits the modulus of an RSA key may have: OpenSSH takes no others. */
const RSA_BITS = { min: 1024, max: 16_384 } as const

/** The types that are known: those that sshd makes and ssh takes (RFC 8709, RFC 5656, RFC 4253). */
const TYPES: Readonly<Record<string, Judge>> = {
  'ssh-ed25519': (parts) => parts.length === 1 && parts[0]?.length === 32,
  'ecdsa-sha2-nistp256': (parts) => isPoint(parts, 'nistp256', 65),
  'ecdsa-sha2-nistp384': (parts) => isPoint(parts, 'nistp384', 97),
  'ecdsa-sha2-nistp521': (parts) => isPoint(parts, 'nistp521', 133),
  'ssh-rsa': ([exponent, modulus, ...more]) =>
    more.length === 0 && bitsOf(exponent) > 1 && bitsOf(modulus) >= RSA_BITS.min && bitsOf(modulus) <= RSA_BITS.max,
}

function isPoint(parts: readonly Buffer[], curve: string, length: number): boolean {
  const [name, point] = parts
  return parts.length === 2 && name?.toString('latin1') === curve && point?.length === length && point[0] === 4
}

/** The bits of a positive mpint (RFC 4251, 5) without needless bytes; 0 for anything else. */
function bitsOf(mpint: Buffer = Buffer.alloc(0)): number {
  const [first = 0x80, second = 0] = mpint
  if (first >= 0x80 || (first === 0 && second < 0x80)) return 0
  return mpint.length * 8 - Math.clz32(first) + 24
}

/** The key of bytes as ssh sends it; undefined if they are no key of a type that is known, and nothing else. */
export function hostKeyOf(bytes: Uint8Array): HostKey | undefined {
  if (bytes.length > HOST_KEY_MAX) return undefined
  const blob = Buffer.from(bytes)
  const [name, ...parts] = stringsOf(blob) ?? []
  const type = name?.toString('latin1') ?? ''
  if (!Object.hasOwn(TYPES, type) || TYPES[type]?.(parts) !== true) return undefined
  return { type, base64: blob.toString('base64') }
}

/** The strings of RFC 4251 that bytes are made of; undefined if the last one is cut. */
function stringsOf(blob: Buffer): readonly Buffer[] | undefined {
  const strings: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    strings.push(blob.subarray(at + 4, end))
    at = end
  }
  return strings
}

/** The key in a line of a public key file; undefined if there is none of a type that is known. */
export function hostKeyInText(text: string): HostKey | undefined {
  const [type, base64 = ''] = text.trim().split(/\s+/)
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? hostKeyOf(Buffer.from(base64, 'base64')) : undefined
  return key?.type === type && key?.base64 === base64 ? key : undefined
}

/** The fingerprint of a key, as ssh and `ssh-keygen -l` show it. */
export function hostKeyFingerprint({ base64 }: HostKey): string {
  const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

const FIRST_LINE = 'kickback host keys 1'
const LINE = /^(approved|absent|waiting|refused) (\S+) (\S+) (0|[1-9]\d{0,11})$/

/** The host keys of one node. Each change gives another one. */
export class HostKeys {
  readonly all: readonly KeptHostKey[]

  constructor(all: Iterable<KeptHostKey> = []) {
    this.all = [...all].sort(byType)
  }

  /** The keys of a text. Throws HostKeysError. */
  static parse(bytes: Uint8Array): HostKeys {
    const [first, ...lines] = Buffer.from(bytes).toString('latin1').split('\n')
    if (first !== FIRST_LINE || lines.pop() !== '') throw new HostKeysError('it is no list of host keys')
    if (lines.length > 3 * HOST_KEYS_MAX) throw new HostKeysError('it has too many keys')
    return new HostKeys(lines.map(keptKeyOf))
  }

  /** The same as a text. Equal keys are equal bytes. */
  get text(): Buffer {
    const lines = this.all.map(({ state, type, base64, time }) => `${state} ${type} ${base64} ${time}\n`)
    return Buffer.from(`${FIRST_LINE}\n${lines.join('')}`, 'latin1')
  }

  /** Those that count. */
  get believed(): readonly HostKey[] {
    return this.all.filter(({ state }) => state === 'approved' || state === 'absent')
  }

  /** Those that wait for an approval. */
  get waiting(): readonly KeptHostKey[] {
    return this.#in('waiting')
  }

  /**
   * The node told that these are its keys, HOST_KEYS_MAX at most. The first keys of a node count. Later ones wait, and one that counts does so
   * until another one is approved, told or not.
   */
  told(keys: readonly HostKey[], time: number): HostKeys {
    const isFirst = this.believed.length === 0 && this.#in('refused').length === 0
    const names = new Set(keys.map(({ base64 }) => base64))
    const known = new Map(this.all.map((key) => [key.base64, key]))
    const kept = this.all
      .filter(({ state, base64 }) => state !== 'waiting' && !names.has(base64))
      .map((key) => (key.state === 'approved' ? { ...key, state: 'absent' as const, time } : key))
    const now = [...new Map(keys.map((key) => [key.base64, key])).values()].map(({ type, base64 }): KeptHostKey => {
      const before = known.get(base64)
      if (isFirst || before?.state === 'absent') return { state: 'approved', type, base64, time }
      return before ?? { state: 'waiting', type, base64, time }
    })
    return new HostKeys([...kept, ...now])
  }

  /**
   * Those that wait count from now on, and what the node did not tell the last time counts no more. With a fingerprint it is this key alone, which may
   * have been refused before, and it takes the place of absent ones of its type. Undefined if there is nothing to approve.
   */
  approved(time: number, fingerprint?: string): HostKeys | undefined {
    const chosen = this.#chosen(['waiting', 'refused'], fingerprint)
    if (chosen.size === 0) return undefined
    const types = new Set([...chosen].map(({ type }) => type))
    const left = this.all.filter((key) => key.state !== 'absent' || (fingerprint !== undefined && !types.has(key.type)))
    return new HostKeys(left.map((key) => (chosen.has(key) ? { ...key, state: 'approved' as const, time } : key)))
  }

  /** Those that wait, or the one with this fingerprint whatever it is, do not count, and do not wait when they are told again. */
  refused(time: number, fingerprint?: string): HostKeys | undefined {
    const chosen = this.#chosen(['waiting', 'approved', 'absent'], fingerprint)
    if (chosen.size === 0) return undefined
    const next = this.all.map((key) => (chosen.has(key) ? { ...key, state: 'refused' as const, time } : key))
    const newest = next.filter(({ state }) => state === 'refused').sort((a, b) => b.time - a.time)
    return new HostKeys([...next.filter(({ state }) => state !== 'refused'), ...newest.slice(0, HOST_KEYS_MAX)])
  }

  /** Without a fingerprint those of the first state. */
  #chosen(states: readonly [HostKeyState, ...HostKeyState[]], fingerprint: string | undefined): Set<KeptHostKey> {
    if (fingerprint === undefined) return new Set(this.#in(states[0]))
    return new Set(this.all.filter((key) => states.includes(key.state) && hostKeyFingerprint(key) === fingerprint))
  }

  #in(state: HostKeyState): readonly KeptHostKey[] {
    return this.all.filter((key) => key.state === state)
  }
}

function byType(a: KeptHostKey, b: KeptHostKey): number {
  const [one, other] = [`${a.type} ${a.base64}`, `${b.type} ${b.base64}`]
  return one < other ? -1 : Number(one > other)
}

function keptKeyOf(line: string, i: number): KeptHostKey {
  const [, state, type, base64 = '', time] = LINE.exec(line) ?? []
  const key = hostKeyInText(`${type} ${base64}`)
  if (key === undefined) throw new HostKeysError(`line ${i + 2} is no host key`)
  return { ...key, state: state as HostKeyState, time: Number(time) }
}
