/** What a file of another program says about machines: entries, and remarks on what cannot be carried over. */
import type { Address, Mac } from '../values/index.ts'

/** A line of a file. */
export interface Place {
  readonly file: string
  /** Counts from 1. */
  readonly line: number
}

/** What one line or block says about one machine. Names without an address, and addresses without a name, meet those of other entries. */
export interface Entry {
  readonly place: Place
  /** As written; the canonical one first. */
  readonly names: readonly string[]
  readonly addresses: readonly Address[]
  readonly macs: readonly Mac[]
  /** True if the file says that the machine is a compute node. */
  readonly isNode?: boolean
  /** What a comment on its line says. */
  readonly note?: string | undefined
}

/** What could not be carried over, and why. */
export interface Remark {
  readonly place: Place
  /** What it is and the reason, without the place. */
  readonly text: string
}

/** That a machine belongs to a group, for which a configuration has no line. */
export interface Membership {
  readonly group: string
  readonly name: string
}

/** All that a file says. */
export interface Reading {
  readonly entries: Entry[]
  readonly remarks: Remark[]
  readonly memberships: Membership[]
}

/**
 * Reads the text of a file. What it does not understand becomes a remark.
 * @throws ImportError if nobody could tell what the rest of the file means.
 */
export type Reader = (file: string, text: string) => Reading

/** A file that cannot be read as what it is said to be, with the place. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly place: Place

  constructor(place: Place, message: string) {
    super(message)
    this.place = place
  }
}

/** Nothing yet. */
export function emptyReading(): Reading {
  return { entries: [], remarks: [], memberships: [] }
}
