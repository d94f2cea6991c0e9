/** What all stages share: time, the log, text from outside, and the guard around handlers. */
export { background, type Clock, monotonic } from './clock.ts'
export { messageOf, systemErrorCode, systemMessage } from './errors.ts'
export { HANDLERS, type HandlerName } from './handler-list.ts'
export { Handlers, handlers } from './handlers.ts'
export { firstInvisible, type Invisible } from './invisible.ts'
export type { Log } from './log.ts'
export { PRINTABLE_MAX, printable } from './printable.ts'
export { sleep } from './sleep.ts'
