/** Check: lines that are allowed once only, and the size of one device. */
import { DIRECTIVES } from '../directives/table.ts'
import type { Draft } from '../draft.ts'
import type { ClassEntry, Entry, ServerEntry } from '../entries.ts'
import { hostKey } from '../names/rules.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'

/** The most lines, and names on all of them, that one device may have: its record and its DNS answers stay small. */
const MOST_OF_HOST = { lines: 1000, names: 10_000 } as const

/** Host lines beyond what one device may have. */
export function checkHostSizes(draft: Draft): void {
  const devices = new Map<string, { lines: number; names: number }>()
  for (const host of draft.of('host')) {
    const before = devices.get(hostKey(host)) ?? { lines: 0, names: 0 }
    const size = { lines: before.lines + 1, names: before.names + host.names.length }
    const fault = sizeFault(size)
    if (fault === undefined) devices.set(hostKey(host), size)
    else draft.diagnostics.report('repeated', host.span, `one device can have ${fault}, and this is more`)
  }
}

function sizeFault({ lines, names }: { readonly lines: number; readonly names: number }): string | undefined {
  if (lines > MOST_OF_HOST.lines) return `${MOST_OF_HOST.lines} host lines`
  return names > MOST_OF_HOST.names ? `${MOST_OF_HOST.names} names` : undefined
}

/** Lines that are allowed only once: a keyword, the port of a service, one property of a class. */
export function checkRepeats(draft: Draft): void {
  for (const { keyword, repeatable } of DIRECTIVES) {
    if (repeatable) continue
    const entries = draft.of(keyword as Entry['kind'])
    forRepeats<Entry>(
      entries,
      () => '',
      (again, first) => reportRepeat(draft.diagnostics, again.span, first.span, keyword),
    )
  }
  forRepeats<ServerEntry>(
    draft.of('server'),
    (entry) => entry.service.value,
    (again, first) => reportRepeat(draft.diagnostics, again.span, first.span, `server ${again.service.value}`),
  )
  forRepeats<ClassEntry>(
    draft.of('class'),
    (entry) => `${entry.name.value} ${entry.property}`,
    (again, first) => {
      const related = [{ span: first.span, message: 'it is first set here' }]
      const message = `${again.property} of class ${again.name.value} is set again; this line is used`
      draft.diagnostics.report('class-property-repeated', again.span, message, { related })
    },
  )
}

function forRepeats<E>(entries: readonly E[], keyOf: (entry: E) => string, each: (again: E, first: E) => void): void {
  const firsts = new Map<string, E>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, entry)
    else each(entry, first)
  }
}

function reportRepeat(diagnostics: ConfigDiagnostics, again: Span, first: Span, what: string): void {
  const related = [{ span: first, message: `the first ${what} line is here` }]
  diagnostics.report('repeated', again, `a second ${what} line`, { related })
}
