/** A line of nsswitch.conf(5), taken apart as the C library does it: a database, its sources, and what follows from the answer of each. */

/** What a source can answer. */
const OUTCOMES = ['success', 'notfound', 'unavail', 'tryagain'] as const
/** One of the answers of a source. */
export type Outcome = (typeof OUTCOMES)[number]
/** What can follow from an answer. */
export type Action = 'return' | 'continue' | 'merge'

/** One source of a database. */
export interface Source {
  readonly name: string
  /** Where its name starts and ends in the line; its actions are behind that. */
  readonly start: number
  readonly end: number
  /** Where the last of its actions ends; the end of the name if it has none. */
  readonly actionsEnd: number
  /** What follows from its answers, as far as the line says it. */
  readonly actions: ReadonlyMap<Outcome, Action>
}

/** A line with a database. */
export interface Line {
  readonly database: string
  /** Where the sources begin: behind the colon. */
  readonly rest: number
  /** Undefined where the C library would not understand them. */
  readonly sources: readonly Source[] | undefined
}

/** What follows from a success unless the line says something else. All other answers lead to the next source. */
const AFTER_SUCCESS: Action = 'return'

/** Takes a line apart; undefined for a line without a database: a blank one, or a comment. */
export function parseLine(text: string): Line | undefined {
  const content = text.replace(/(?<![ \t-\r])[ \t-\r]*(?:#.*)?$/s, '')
  const head = /^[ \t-\r]*([^ \t-\r:]+)[ \t-\r:]/.exec(content)
  if (head === null) return undefined
  const [{ length: rest }, database = ''] = head
  return { database, rest, sources: parseSources(content, rest) }
}

/** The sources with their actions; undefined where a bracket is open, or holds no actions, or belongs to no source. */
function parseSources(content: string, rest: number): readonly Source[] | undefined {
  const token = /[ \t-\r]*(?:\[([^\]]*)\]|([^ \t-\r[]+))/y
  token.lastIndex = rest
  const sources: Source[] = []
  let read = rest
  for (let match = token.exec(content); match !== null; match = token.exec(content)) {
    read = token.lastIndex
    const [, actions, name] = match
    if (name !== undefined)
      sources.push({ name, start: read - name.length, end: read, actionsEnd: read, actions: new Map() })
    const last = sources.at(-1)
    if (actions === undefined) continue
    const parsed = parseActions(actions)
    if (last === undefined || parsed === undefined) return undefined
    sources[sources.length - 1] = { ...last, actionsEnd: read, actions: new Map([...last.actions, ...parsed]) }
  }
  return isBlank(content.slice(read)) ? sources : undefined
}

/** The actions between brackets, in the order in which they are set: `!UNAVAIL=return` sets those of all other answers. */
function parseActions(text: string): [Outcome, Action][] | undefined {
  const pattern = /[ \t-\r]*(!?)([a-z]+)[ \t-\r]*=[ \t-\r]*([a-z]+)/iy
  const found: [Outcome, Action][] = []
  let read = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    read = pattern.lastIndex
    const [, not, status = '', action = ''] = match
    const outcome = OUTCOMES.find((one) => one === status.toLowerCase())
    const follows = (['return', 'continue', 'merge'] as const).find((one) => one === action.toLowerCase())
    if (outcome === undefined || follows === undefined) return undefined
    const outcomes = not === '' ? [outcome] : OUTCOMES.filter((one) => one !== outcome)
    found.push(...outcomes.map((one): [Outcome, Action] => [one, follows]))
  }
  return isBlank(text.slice(read)) && found.length > 0 ? found : undefined
}

/** The blanks of isspace(3) in the C locale: a byte of UTF-8 is none. */
function isBlank(text: string): boolean {
  return /^[ \t-\r]*$/.test(text)
}

/** Whether a source that has not found the name can end the search. */
export function endsSearch({ actions }: Source): boolean {
  return OUTCOMES.some((outcome) => outcome !== 'success' && actions.get(outcome) === 'return')
}

/** What follows once a source has found the name. */
export function afterSuccess(source: Source): Action {
  return actionAfter(source, 'success')
}

/** What follows from an answer of a source. */
export function actionAfter({ actions }: Pick<Source, 'actions'>, outcome: Outcome): Action {
  return actions.get(outcome) ?? (outcome === 'success' ? AFTER_SUCCESS : 'continue')
}
