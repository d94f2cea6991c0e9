/** Why a question that was asked of a service has no answer. */
import { printable } from '../../values/index.ts'
import { ERRORS, type ErrorCode, STATUSES } from '../wire/protocol.ts'

/** The most characters of a service's message, and of one text in its reports, that are shown. */
export const MESSAGE_MAX = 500

/**
 * Why a question has no answer: a code of the service's own, or `unreachable` (nobody is there), `timeout` (not in time),
 * `closed` (the connection ended), `protocol` (what came is no reply).
 */
type ServiceErrorCode = ErrorCode | 'unreachable' | 'timeout' | 'closed' | 'protocol'

/** A question that has no answer. Not found is an answer, and no error. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ServiceErrorCode

  constructor(code: ServiceErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/**
 * A reply that is not an answer, as an error. A later release may have more codes: one that is not known means what its status says.
 * Its words come from outside: they are made printable.
 */
export function refusalOf(status: number, error = 'internal', message = 'no reason was given'): ServiceError {
  const unknown = status === STATUSES.TRYAGAIN ? 'busy' : 'internal'
  const code = Object.hasOwn(ERRORS, error) ? (error as ErrorCode) : unknown
  return new ServiceError(code, printable(message, MESSAGE_MAX))
}
