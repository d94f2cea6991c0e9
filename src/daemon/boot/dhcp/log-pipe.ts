/** The log of dnsmasq, by a named pipe: whoever runs dnsmasq, its lines come here. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import { handlers } from '../../../values/index.ts'

/** The longest line that is kept, in characters: what is longer is cut. */
const LINE_MAX = 1000

/** A named pipe that is read. */
export class LogPipe {
  readonly #path: string
  readonly #line: (text: string) => void
  #socket: Socket | undefined

  constructor(path: string, line: (text: string) => void) {
    this.#path = path
    this.#line = line
  }

  /** Makes the pipe where it is missing, and reads it from now on. Throws the system's error. */
  open(): void {
    makePipe(this.#path)
    // Open for writing too, so that it never ends, whoever closes it.
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      this.#socket = new Socket({ fd, readable: true, writable: false })
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const socket = this.#socket
    handlers.float('DHCP log', () => this.#read(socket))
  }

  close(): void {
    this.#socket?.destroy()
  }

  async #read(socket: Socket): Promise<void> {
    let rest = ''
    try {
      for await (const chunk of socket) {
        const lines = (rest + String(chunk)).split('\n')
        rest = (lines.pop() ?? '').slice(0, LINE_MAX)
        for (const line of lines) this.#line(line.slice(0, LINE_MAX))
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
