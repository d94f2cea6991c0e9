/** Messages in a TCP stream: each follows its length in two bytes (RFC 1035, 4.2.2; RFC 7766). */

/** Takes a stream apart. */
export class Frames {
  readonly #longest: number
  #held: Buffer = Buffer.alloc(0)

  /** A message of more than `longest` bytes is an error as soon as its length is known. */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** Adds what has come. */
  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
  }

  /** The next whole message, undefined until it is there. Throws RangeError if it will be too long. */
  next(): Buffer | undefined {
    if (this.#held.length < 2) return undefined
    const length = this.#held.readUInt16BE(0)
    if (length > this.#longest) throw new RangeError(`a message of ${length} bytes`)
    const end = 2 + length
    if (this.#held.length < end) return undefined
    const message = this.#held.subarray(2, end)
    this.#held = this.#held.subarray(end)
    return message
  }

  /** How many bytes wait for the rest of their message. */
  get waiting(): number {
    return this.#held.length
  }
}

/** A message with its length before it. Throws RangeError for one that is too long to have one. */
export function framed(message: Uint8Array): Buffer {
  if (message.length > 0xffff) throw new RangeError(`a message of ${message.length} bytes`)
  const frame = Buffer.allocUnsafe(2 + message.length)
  frame.writeUInt16BE(message.length, 0)
  frame.set(message, 2)
  return frame
}
