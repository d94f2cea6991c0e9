/** What is wrong with a file that was not wrong with it before. */
import type { Diagnostic } from './diagnostic.ts'

/** The diagnostics of a changed text that the text before did not have; the line that they are on does not matter. */
export function newDiagnostics(before: readonly Diagnostic[], after: readonly Diagnostic[]): Diagnostic[] {
  const left = new Map<string, number>()
  for (const one of before) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1)
  return after.filter((one) => {
    const count = left.get(keyOf(one)) ?? 0
    if (count > 0) left.set(keyOf(one), count - 1)
    return count === 0
  })
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`
}
