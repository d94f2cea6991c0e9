/** What the page of the service is told, as JSON: the one thing that daemon and browser share. */

/** A kind of questions, and how many of them came. */
export interface PageDoor {
  readonly name: string
  /** Since the start. */
  readonly total: number
  /** Answers a second, at the end and in each step of the last minutes, the oldest first. */
  readonly rate: number
  readonly history: readonly number[]
}

/** The states of a node. */
export type PageNodeState = 'up' | 'booting' | 'installing' | 'held' | 'down' | 'never'

/** The numbers of all nodes, of those in each state, and of those that are up and have other content, as sets: `0-31,40`. */
export interface PageMap {
  readonly all: string
  readonly behind: string
  readonly states: { readonly [S in PageNodeState]: string }
}

/** What everybody may see who can reach the listener: counts, and no name. */
export interface PageCounts {
  readonly role: 'master' | 'proxy'
  readonly software: string
  /** Seconds since the start. */
  readonly uptime: number
  /** 0 before the first. */
  readonly generation: number
  /** When the newest source of it was written, in seconds since 1970; 0 if that is not known. */
  readonly written: number
  /** By database: how many records there are. */
  readonly records: { readonly [database: string]: number }
  /** On a master: how many nodes there are, and how they stand. */
  readonly nodes?: {
    readonly all: number
    readonly behind: number
    readonly states: { readonly [S in PageNodeState]: number }
    /** Of those that are not up, how many answered a ping, and of the devices how many did and how many did not. */
    readonly pinged: number
    readonly devices: { readonly up: number; readonly off: number }
  }
  /** On a node: how it stands to its masters, and how many seconds ago one of them was in step with it. */
  readonly following?: { readonly state: string; readonly age?: number }
  /** How the last reload ended, and when, in seconds since 1970. */
  readonly reload?: { readonly outcome: string; readonly time: number }
  /** Since the start, by how they ended. */
  readonly reloads: { readonly [outcome: string]: number }
  /** What needs attention, without names. */
  readonly attention: readonly string[]
}

/** The counts, with what the listener itself knows. */
export interface PageStatus extends PageCounts {
  readonly doors: readonly PageDoor[]
  /** How many seconds a step of the histories takes. */
  readonly step: number
}

/** A line of `kickback status`. */
export interface PageLine {
  readonly label: string
  readonly text: string
}

/** What needs attention, and what to do. */
export interface PageWarning {
  readonly label: string
  readonly text: string
  /** Empty where nothing can be done. */
  readonly remedy: string
}

/** A reload that was seen. */
export interface PageReload {
  readonly outcome: string
  /** Seconds since 1970. */
  readonly time: number
  readonly reason: string
  /** What is wrong, with file and line. */
  readonly errors: readonly string[]
}

/** What only those may see who came in by an address of `kickback status --page`. */
export interface PageDetails {
  readonly warnings: readonly PageWarning[]
  readonly lines: readonly PageLine[]
  /** The last ones, the newest first. */
  readonly reloads: readonly PageReload[]
  /** The nodes; on a node there are none. */
  readonly map?: PageMap
}

/** A line of a file that an explanation rests on. */
export interface PageCited {
  readonly place: string
  readonly message: string
  readonly text: string
}

/** What a database says of a key. */
export interface PageExplanation {
  readonly database: string
  readonly isFound: boolean
  readonly message: string
  /** The entry as getent prints it. */
  readonly entry: readonly string[]
  readonly lines: readonly PageCited[]
}

/** What was found of a key. */
export interface PageAnswers {
  readonly key: string
  readonly answers: readonly PageExplanation[]
}

/** What a session is shown by, besides its cookie. */
export interface PageSession {
  readonly key: string
  /** For how many seconds it is good. */
  readonly lasts: number
}
