/** Patterns of node names, as the contents of small clusters hold them. */
import { layout } from '../../src/resolver/index.ts'
import type { PatternEntry } from '../../src/resolver/records/entries.ts'

/** What is written `PREFIX NUMBER`, without blank, is the node with this number: n0, n1 and so on. */
export function pattern(prefix: string): PatternEntry {
  return {
    kind: layout.HOST_KINDS.NODE,
    prefix,
    suffix: '',
    targetPrefix: 'n',
    targetSuffix: '',
    targetWidth: 1,
    targetShift: 0,
    numberShift: 0,
  }
}
