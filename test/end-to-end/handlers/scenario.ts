/** What the scenarios share: each makes one handler run, in which the test then throws. */
import type t from 'tap'
import type { HandlerName } from '../../../src/values/handler-list.ts'
import type { Clock } from '../../../src/values/index.ts'

/** The part of tap's test object that scenarios use. */
export type Tap = Pick<typeof t, 'teardown'>

/** Makes a handler run. What it leaves ends with the test. Resolves once the handler runs or is sure to. */
export type Scenario = (t: Tap) => unknown

/** Scenarios by the handler that each makes run. */
export type Scenarios = { readonly [Name in HandlerName]?: Scenario }

/** A clock on which all times have come: a timer runs in the next turn. */
export const hurried: Clock = {
  now: () => performance.now(),
  after(_, then) {
    const immediate = setImmediate(then)
    return () => clearImmediate(immediate)
  },
}
