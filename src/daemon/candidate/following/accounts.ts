/** A build after which only lines of accounts changed: the snapshots before, with the records of these lines. */
import type { Diagnostic, Location } from '../../../config/index.ts'
import {
  type AccountEdits,
  accountEdits,
  type ChangingFiles,
  expiresBetween,
  spliced,
} from '../../../resolver/index.ts'
import { type LineEdit, linesIn, mustBeLocal } from '../../../values/index.ts'
import { exportRules } from '../../accounts/account-settings.ts'
import { SOURCE_NAMES, type Sources } from '../../sources/source.ts'
import { ACCOUNTS } from '../account-part.ts'
import { isAnyNamed } from '../logins.ts'
import { type Followed, type Following, followed, mustHaveItsAddress } from './following.ts'

/** The candidate of such a build, for the day of the order. Throws NotLocalError if other lines have to be read too. */
export function followedAccounts(following: Following): Followed {
  mustHaveItsAddress(following)
  mustBeNobodysDay(following)
  const { memory, last, sources, before, shadow, order } = following
  const edits = accountEdits(
    { files: filesOf(last), public: before, shadow, unexported: memory.unexported },
    filesOf(sources),
    {
      ...{ limits: memory.limits, also: exportRules(memory.rules) },
      ...{ disabledUsers: memory.rules.disabledUsers, today: order.today },
    },
  )
  mustBeLocal(
    !isAnyNamed(memory.rules.logins, edits.moving),
    'an account comes or goes that rules of the settings name',
  )
  const open = spliced(before, edits.public)
  const secret = shadow && spliced(shadow, edits.shadow)
  mustBeLocal(open !== undefined && (shadow === undefined || secret !== undefined), 'an index needs another size')
  const built = { public: open.bytes, shadow: secret?.bytes }
  return followed(
    following,
    built,
    { diagnostics: diagnosticsAfter(following, edits) },
    {
      bytesRead: edits.bytesRead,
      recordsMade: open.recordsMade + (secret?.recordsMade ?? 0),
      sectionsCopied: open.sectionsCopied + (secret?.sectionsCopied ?? 0),
      sectionsEdited: open.sectionsEdited + (secret?.sectionsEdited ?? 0),
    },
  )
}

/** Throws if an account has expired since the day of the build before. */
function mustBeNobodysDay({ memory, order, shadow }: Following): void {
  if (order.today === memory.today) return
  mustBeLocal(order.today > memory.today, 'it is an earlier day')
  const isExpiring = shadow !== undefined && expiresBetween(shadow, memory.today, order.today)
  mustBeLocal(!isExpiring, 'an account has expired')
}

/** Those of before, whose lines may be further up or down now. */
function diagnosticsAfter({ last, sources, memory }: Following, { lines }: AccountEdits): readonly Diagnostic[] {
  const shifts = new Map<string, (location: Location) => number>()
  for (const name of ACCOUNTS as readonly (keyof ChangingFiles)[]) {
    const edit = lines[name]
    if (edit === undefined) continue
    const { origin, bytes } = last[name]
    mustBeLocal(!shifts.has(origin), 'two sources have one name')
    if (memory.diagnostics.some(({ file }) => file === origin))
      shifts.set(origin, shiftOf(edit, bytes, sources[name].bytes))
  }
  const origins = SOURCE_NAMES.map((name) => last[name].origin)
  const isNamedOnce = [...shifts.keys()].every((origin) => origins.filter((one) => one === origin).length === 1)
  mustBeLocal(isNamedOnce, 'two sources have one name')
  if (shifts.size === 0) return memory.diagnostics
  const moved = <L extends Location>(location: L): L => ({
    ...location,
    line: shifts.get(location.file)?.(location) ?? location.line,
  })
  return memory.diagnostics.map((one) => {
    // Its message tells the number of another line.
    mustBeLocal(!(one.code === 'account-repeated' && shifts.has(one.file)), 'a name is on two lines')
    return { ...moved(one), related: one.related.map(moved) }
  })
}

/** On which line a place is now that was outside of an edit. Throws NotLocalError for one inside. */
function shiftOf({ start, oldEnd, newEnd }: LineEdit, before: Uint8Array, after: Uint8Array) {
  const head = linesIn(before, 0, start)
  const [gone, come] = [linesIn(before, start, oldEnd), linesIn(after, start, newEnd)]
  return ({ line }: Location): number => {
    mustBeLocal(line <= head || line > head + gone, 'there was something to say about a line that changed')
    return line <= head ? line : line + come - gone
  }
}

function filesOf({ passwd, group, shadow }: Sources): ChangingFiles {
  return { passwd: passwd.bytes, group: group.bytes, shadow: shadow.state === 'read' ? shadow.bytes : undefined }
}
