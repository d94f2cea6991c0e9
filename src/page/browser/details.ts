/** What a session sees besides: the lines of status, the last reloads, the map. */
import type { PageDetails, PageLine, PageReload } from '../index.ts'
import { at, fill, made, told } from './elements.ts'
import type { NodeMap } from './node-map.ts'

/** Shows the details. */
export function showDetails({ lines, reloads, map: sets }: PageDetails, map: NodeMap): void {
  at('lines-section').hidden = false
  fill(at('lines'), ...lines.flatMap(lineOf))
  at('reloads-section').hidden = reloads.length === 0
  fill(at('reloads'), ...reloads.map(reloadOf))
  at('map-section').hidden = sets === undefined || sets.all === ''
  if (sets !== undefined) map.show(sets)
}

/** What needs attention, and what to do. */
export function warningsOf({ warnings }: PageDetails): HTMLElement[] {
  return warnings.map(({ label, text, remedy }) => {
    const what = remedy === '' ? [] : [made('div', 'remedy', ...told(remedy))]
    return made('li', '', made('strong', '', label), ' ', ...told(text), ...what)
  })
}

/** Hides them again: the session has ended. */
export function hideDetails(): void {
  for (const id of ['lines-section', 'reloads-section', 'map-section']) at(id).hidden = true
  fill(at('answers'))
}

function lineOf({ label, text }: PageLine): HTMLElement[] {
  return [made('dt', '', label === '' ? '\u00a0' : label), made('dd', '', text)]
}

function reloadOf({ outcome, time, reason, errors }: PageReload): HTMLElement {
  const when = new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const name = outcome === 'refused' ? 'refused' : ''
  const each = errors.length === 0 ? [] : [made('ul', '', ...errors.map((error) => made('li', '', ...told(error))))]
  return made(
    'div',
    'reload',
    made('span', '', `${when} UTC`),
    made('span', name, outcome),
    made('span', '', ...(errors.length === 0 ? told(reason) : [])),
    ...each,
  )
}
