/** What a correct client counts at one door. */
export interface Tally {
  asked: number
  /** Of them answered, right or wrong; the module's client does not tell it apart. */
  answered: number
  wrong: number
  /** Later than they may be, what a busy machine added left aside. */
  late: number
  /** Late only by what a busy machine added. */
  starved: number
  /** How often a datagram was sent again, or a connection dialled again. */
  again: number
  /** The longest that an answer took, in ms, by the clock, and without what a busy machine added. */
  worst: number
  worstOwn: number
  /** The first faults, for people. */
  faults: string
  /** After how many moves the host that moves was at the newest address that was told; absent where there is none. */
  moves?: number
}
