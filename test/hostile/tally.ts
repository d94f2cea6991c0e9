/** What a correct client counts at one door. */
export interface Tally {
  asked: number
  /** Of them answered, right or wrong; the module's client does not tell it apart. */
  answered: number
  wrong: number
  late: number
  /** How often a datagram was sent again, or a connection dialled again. */
  again: number
  /** The longest that an answer took, in ms. */
  worst: number
  /** The first faults, for people. */
  faults: string
}
