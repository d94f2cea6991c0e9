/** What all attackers share: chance from a seed, a pace, damage to bytes, and a count of what they did. Each is a process of its own. */
import type { Socket } from 'node:net'

/** What an attacker has done so far, by name; printed when it is told to end. */
export const done: Record<string, number> = {}

/** Counts one more act. */
export function count(what: string, by = 1): void {
  done[what] = (done[what] ?? 0) + by
}

/** Numbers that look like chance, the same for each run of one seed (xorshift32). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 1
    for (let times = 0; times < 20; times++) this.below(2)
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % bound
  }

  /** One of these. */
  of<T>(all: readonly [T, ...T[]]): T {
    return all[this.below(all.length)] ?? all[0]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  /** A copy with one to four of its bytes changed, left out, or doubled. */
  damaged(bytes: Uint8Array): Buffer {
    let copy = Buffer.from(bytes)
    for (let times = 1 + this.below(4); times > 0 && copy.length > 0; times--) {
      const at = this.below(copy.length)
      const how = this.below(4)
      if (how < 2) copy[at] = how === 0 ? this.below(256) : this.of([0, 0xff, 0x7f, 0x80, 0xc0])
      else if (how === 2) copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)])
      else copy = Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - 8))])
    }
    return copy
  }
}

/** Acts so often a second, in small bursts, and never catches up on what it missed. */
export function pace(perSecond: number, act: () => void): void {
  let owed = 0
  setInterval(() => {
    owed = Math.min(owed + perSecond / 50, perSecond / 10 + 1)
    for (; owed >= 1; owed--) act()
  }, 20)
}

/** Prints what was done once stdin ends, as it does when the parent is gone, and ends itself. */
export function endWithParent(): void {
  process.stdin.resume()
  process.stdin.on('end', () => process.stdout.write(`${JSON.stringify(done)}\n`, () => process.exit(0)))
  process.on('uncaughtException', (error) => count(`own error ${error.message.slice(0, 60)}`))
}

/** Any address of loopback. */
export function loopback(chance: Chance): string {
  return `127.${chance.below(256)}.${chance.below(256)}.${1 + chance.below(254)}`
}

/** Connections of one attacker. */
interface Crowd {
  /** How many are opened a second, and how many there are at most: the oldest goes first. */
  readonly rate: number
  readonly most: number
  readonly chance: Chance
  readonly dial: () => Socket
  /** What is done with a connection once it is there, by name: each gets one of them. */
  readonly manners: Readonly<Record<string, (socket: Socket) => void>>
}

/** Opens connections without end, and treats each in a manner that chance chooses. */
export function crowd({ rate, most, chance, dial, manners }: Crowd): void {
  const names = Object.keys(manners) as [string, ...string[]]
  const open = new Set<Socket>()
  pace(rate, () => {
    const [first] = open
    if (open.size >= most) first?.destroy()
    const socket = dial()
    open.add(socket)
    socket.on('error', (error: NodeJS.ErrnoException) => count(`error ${error.code}`))
    socket.on('data', () => count('replies'))
    socket.on('close', () => open.delete(socket))
    const manner = chance.of(names)
    socket.on('connect', () => {
      count(manner)
      manners[manner]?.(socket)
    })
  })
}
