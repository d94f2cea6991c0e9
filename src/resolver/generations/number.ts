/**
 * The number of the next generation. It only grows, for nodes and for DNS secondaries; it is near the time of the newest
 * input, so that a lost state dir does not send it back; and no two masters of a cluster ever make the same one.
 */
import { serialDistance, serialOf } from './serial.ts'

/** Numbers modulo this tell which master made them. */
export const MASTERS_APART = 16
/** Numbers stay below this: every reader can hold them, and no mistake can use up those that are left. */
export const NUMBER_END = 2 ** 52
/** How far from the last number a time may lead, in seconds. */
const TIME_REACH = 2 ** 30
/** Times before 2020 are no times: images, archives and machines without a clock have them. In seconds since 1970. */
const FIRST_TIME = 1_577_836_800
/** How far ahead of the clock the time of an input may be, in seconds: clocks of file servers differ. */
const INPUT_AHEAD = 60
/** How far ahead of the clock a number that we did not make may be, in seconds. */
const FLOOR_AHEAD = 86_400

/** The clock, but never before 2020: a machine that starts without a clock begins there. Seconds since 1970. */
function believableClock(clock: number): number {
  return Math.max(Math.floor(clock), FIRST_TIME)
}

/** The newest of the times that can be believed: after 2020, not ahead of the clock by more than a minute; 0 for none. */
export function contentTimeOf(times: readonly number[], clock: number): number {
  const believable = times.filter((time) => time > FIRST_TIME && time <= clock + INPUT_AHEAD)
  return Math.max(0, ...believable.map(Math.floor))
}

/** Whether this can be a number of a generation: far below NUMBER_END, so that others can follow. */
export function isPossibleNumber(number: number): boolean {
  return number < NUMBER_END - 2 ** 33
}

/** What a number is made from. */
interface NumberOrder {
  /** The last number of this master; undefined if it has none. */
  readonly last: number | undefined
  /** Numbers that the next one is to be above; see `isBelievedFloor`. */
  readonly floors: readonly number[]
  /** What `contentTimeOf` says of the inputs. */
  readonly contentTime: number
  /** Seconds since 1970. Undefined keeps the number as low as it may be: below that of who did not have to, from the same last one. */
  readonly clock: number | undefined
  /** The index of this master in the sorted list of all masters. */
  readonly index: number
}

/** The number of the next generation. It leaves room for one of each other master that has the same last one, and has to give way. */
export function nextNumber({ last, floors, contentTime, clock, index }: NumberOrder): number {
  const floor = Math.max(0, ...floors)
  const known = last ?? floor
  if (floor - known > TIME_REACH) return farAbove(floor, known, index)
  const time = clock === undefined ? 0 : contentTime || believableClock(clock)
  const isNear = known === 0 || time - known <= TIME_REACH
  const step = clock === undefined || last === undefined ? 1 : MASTERS_APART
  return rounded(Math.max(known + step, floor + 1, isNear ? time : 0), index)
}

/** The least number from `least` on that this master may make. */
function rounded(least: number, index: number): number {
  return least + ((((index - least) % MASTERS_APART) + MASTERS_APART) % MASTERS_APART)
}

/** The least number above a floor that moves the serial by no more than 16: secondaries see a small step forward. */
function farAbove(floor: number, last: number, index: number): number {
  const serial = serialOf(rounded(last + 1, index))
  const distance = serialDistance(floor, serial)
  return floor + (distance === 0 ? 2 ** 32 : distance)
}

/**
 * Whether a number that somebody else made may push ours up: not where it leaves no room for others, and not where it is a
 * day ahead of both the clock and our own last number. `isForced`: an administrator allows it.
 */
export function isBelievedFloor(floor: number, last: number | undefined, clock: number, isForced = false): boolean {
  if (!isPossibleNumber(floor)) return false
  return isForced || floor <= Math.max(believableClock(clock), last ?? 0) + FLOOR_AHEAD
}
