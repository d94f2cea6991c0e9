/** What the scenarios share: each makes one handler run, in which the test then throws. */
import type { HandlerName } from '../../../src/values/handler-list.ts'
import type { Tap } from '../../folder.ts'

/** Makes a handler run. What it leaves ends with the test. Resolves once the handler runs or is sure to. */
export type Scenario = (t: Tap) => unknown

/** Scenarios by the handler that each makes run. */
export type Scenarios = { readonly [Name in HandlerName]?: Scenario }
