/** The log of dnsmasq, by a named pipe: whoever runs dnsmasq, its lines come here. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, rmSync } from 'node:fs'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { dirname } from 'node:path'
import { background, type Clock, handlers, sleep } from '../../../values/index.ts'

/** The longest line that is kept, in characters: what is longer is cut. */
const LINE_MAX = 1000
/**
 * How long lines are gathered once some were read, in milliseconds: each exchange is four, and thousands of machines may boot at once.
 * Meanwhile the pipe holds 64 KiB, some 700 lines.
 */
const GATHERING = 50

/** A named pipe that is read. */
export class LogPipe {
  readonly #path: string
  readonly #line: (text: string) => void
  readonly #clock: Clock
  readonly #closed = new AbortController()
  #socket: Socket | undefined

  constructor(path: string, line: (text: string) => void, clock: Clock = background) {
    this.#path = path
    this.#line = line
    this.#clock = clock
  }

  /** Makes the pipe where it is missing, and reads it from now on. Throws the system's error. */
  open(): void {
    makePipe(this.#path)
    // Open for writing too, so that it never ends, whoever closes it.
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      // It holds one read, and makes the next one when that was taken.
      const options = { fd, readable: true, writable: false, readableHighWaterMark: 1 }
      this.#socket = new Socket(options satisfies SocketConstructorOpts & { readonly readableHighWaterMark: number })
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const socket = this.#socket
    handlers.float('DHCP log', () => this.#read(socket))
  }

  close(): void {
    this.#closed.abort()
    this.#socket?.destroy()
  }

  async #read(socket: Socket): Promise<void> {
    let rest = ''
    try {
      for await (const chunk of socket) {
        const lines = (rest + String(chunk)).split('\n')
        rest = (lines.pop() ?? '').slice(0, LINE_MAX)
        for (const line of lines) this.#line(line.slice(0, LINE_MAX))
        await sleep(this.#clock, GATHERING, this.#closed.signal)
      }
    } catch (error) {
      if (!socket.destroyed) throw error
    }
  }
}

function makePipe(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  // That of a dnsmasq that gave it to its own user may be closed to the next one.
  if (there?.isFIFO() && there.uid === lstatSync(dirname(path)).uid) return
  if (there !== undefined) rmSync(path)
  execFileSync('mkfifo', ['-m', '600', path], { stdio: 'pipe' })
}
