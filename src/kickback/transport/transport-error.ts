/** Why a place could not be listened on or dialled. */
import { getSystemErrorMessage } from 'node:util'
import { listenRemedy } from '../../values/index.ts'

/** The kinds of causes. */
export type TransportErrorCode = 'path-too-long' | 'in-use' | 'not-listening' | 'timeout' | 'unreachable'

/** A place that could not be listened on or dialled. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }

  /** The system's name of the error (errno(3)), if the system gave one. */
  get systemCode(): string | undefined {
    return (this.cause as NodeJS.ErrnoException | undefined)?.code
  }
}

/** What went wrong in the system's words: `connection refused`. Node's message repeats the address. */
export function systemReason({ errno, code, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? (code ?? message) : getSystemErrorMessage(errno)
}

/** Why a place cannot be listened on, and what to do. */
export function listeningReason(error: NodeJS.ErrnoException): string {
  return `${systemReason(error)}${listenRemedy(error.code)}`
}
