/** Sets of nodes as the configuration writes them, and one array of states made of them. */

import type { PageMap, PageNodeState } from '../index.ts'

/** The states of a number: no node has it, or how the node stands; one that is up and has other content is behind. */
export const STATES = ['none', 'up', 'behind', 'booting', 'installing', 'held', 'down', 'never'] as const

/** The numbers of a set such as `0-31,40`, as ranges with both ends. */
function rangesOf(text: string): readonly (readonly [first: number, last: number])[] {
  if (text === '') return []
  return text.split(',').map((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return [first, last] as const
  })
}

/** The state of each number from 0 on, as an index of STATES. */
export function statesOf(map: PageMap): Uint8Array {
  const all = rangesOf(map.all)
  const states = new Uint8Array((all.at(-1)?.[1] ?? -1) + 1)
  const mark = (text: string, state: number): void => {
    for (const [first, last] of rangesOf(text)) states.fill(state, first, last + 1)
  }
  for (const [name, set] of Object.entries(map.states)) mark(set, STATES.indexOf(name as PageNodeState))
  mark(map.behind, STATES.indexOf('behind'))
  return states
}
