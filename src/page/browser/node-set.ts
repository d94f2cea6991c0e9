/** Sets of nodes as the configuration writes them, and one array of states made of them. */

/** The states of a number: no node has it, or how the node stands. */
export const STATES = ['none', 'in step', 'behind', 'missing'] as const

/** The numbers of a set such as `0-31,40`, as ranges with both ends. */
function rangesOf(text: string): readonly (readonly [first: number, last: number])[] {
  if (text === '') return []
  return text.split(',').map((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return [first, last] as const
  })
}

/** The state of each number from 0 on, as an index of STATES. */
export function statesOf(map: { readonly all: string; readonly behind: string; readonly missing: string }): Uint8Array {
  const all = rangesOf(map.all)
  const states = new Uint8Array((all.at(-1)?.[1] ?? -1) + 1)
  const mark = (text: string, state: number): void => {
    for (const [first, last] of rangesOf(text)) states.fill(state, first, last + 1)
  }
  mark(map.all, STATES.indexOf('in step'))
  mark(map.behind, STATES.indexOf('behind'))
  mark(map.missing, STATES.indexOf('missing'))
  return states
}
