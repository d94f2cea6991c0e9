/** Lists of hosts with ranges, as genders, pdsh and Slurm write them: `login,node[01-16,20]`. */

/** The parts of a list, split at the commas that are outside brackets; undefined if brackets do not match. */
function partsOf(list: string): string[] | undefined {
  const parts: string[] = []
  let [start, isInside] = [0, false]
  for (let at = 0; at <= list.length; at++) {
    const letter = list[at]
    if (letter === '[' || letter === ']') {
      if (isInside === (letter === '[')) return undefined
      isInside = !isInside
    } else if (letter === undefined || (letter === ',' && !isInside)) {
      if (at > start) parts.push(list.slice(start, at))
      start = at + 1
    }
  }
  return isInside ? undefined : parts
}

const BRACKETS = /^([^[\]]*)\[([^[\]]*)\]([^[\]]*)$/
const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/

/** The names of a list. Undefined if it is not one, or has more than `most`. */
export function expandHostList(list: string, most: number): string[] | undefined {
  const names: string[] = []
  for (const part of partsOf(list) ?? ['[']) {
    const more = expandPart(part, most - names.length)
    if (more === undefined || more.length > most - names.length) return undefined
    for (const name of more) names.push(name)
  }
  return names
}

function expandPart(part: string, most: number): string[] | undefined {
  if (!part.includes('[')) return [part]
  const [, before, ranges, after] = BRACKETS.exec(part) ?? []
  if (ranges === undefined) return undefined
  const names: string[] = []
  for (const range of ranges.split(',')) {
    const [, first, last = first] = RANGE.exec(range.trim()) ?? []
    if (first === undefined || last === undefined) return undefined
    if (Number(last) < Number(first) || Number(last) - Number(first) >= most - names.length) return undefined
    for (let number = Number(first); number <= Number(last); number++)
      names.push(`${before}${String(number).padStart(first.length, '0')}${after}`)
  }
  return names
}
