/** The counts: how it stands, the figures of now, and the rates by door. */
import type { PageDoor, PageStatus } from '../index.ts'
import { at, drawn, fill, made, told } from './elements.ts'

const NUMBER = new Intl.NumberFormat('en')
/** The drawing of a history, in its own units. */
const DRAWING = { width: 240, height: 36, steps: 59 } as const

/** Shows the counts; `warnings` are what a session may know of what needs attention, in place of what everybody may. */
export function showCounts(status: PageStatus, warnings: readonly HTMLElement[] = []): void {
  const { role, software } = status
  const attention = warnings.length > 0 ? warnings : status.attention.map((text) => made('li', '', ...told(text)))
  fill(at('who'), `${role === 'master' ? 'master' : 'node'}, ${software}, up ${duration(status.uptime)}`)
  const isWell = attention.length === 0
  at('state').className = isWell ? 'state' : 'state warn'
  fill(at('state'), made('span', '', isWell ? 'All is well' : 'Needs attention'))
  document.title = isWell ? 'kickback' : '▲ kickback'
  at('attention').hidden = isWell
  fill(at('attention-list'), ...attention)
  fill(at('figures'), ...figuresOf(status))
  const doors = status.doors.map((door) => doorOf(door, status.step))
  fill(at('doors'), ...doors, made('p', 'note', `Over the last ${((DRAWING.steps + 1) * status.step) / 60} minutes.`))
}

/** Says that nobody answers. */
export function showSilence(): void {
  at('state').className = 'state gone'
  fill(at('state'), made('span', '', 'No answer: it is tried again'))
}

/** A time since 1970, in seconds, as how long that is ago. */
function ago(time: number): string {
  return `${duration(Math.max(0, Date.now() / 1000 - time))} ago`
}

function figuresOf(status: PageStatus): Node[] {
  const { generation, written, nodes, following, reload } = status
  const figures = [figure('generation', generation === 0 ? 'none yet' : String(generation), 'long')]
  if (written > 0) figures.push(figure('files written', ago(written), 'long'))
  if (nodes !== undefined) {
    const { up, ...others } = nodes.states
    figures.push(figure(`of ${NUMBER.format(nodes.all)} up`, NUMBER.format(up)))
    figures.push(figure('behind', NUMBER.format(nodes.behind), nodes.behind > 0 ? 'warn' : ''))
    for (const [state, count] of Object.entries(others)) {
      // All of them, always: figures stand still.
      const isBad = count > 0 && (state === 'held' || state === 'down')
      figures.push(figure(state, NUMBER.format(count), isBad ? 'warn' : ''))
    }
  }
  if (nodes !== undefined) {
    const { pinged, devices } = nodes
    figures.push(figure('not up, but answer a ping', NUMBER.format(pinged)))
    figures.push(figure('devices that answer', NUMBER.format(devices.up)))
    figures.push(figure('devices that do not', NUMBER.format(devices.off), devices.off > 0 ? 'warn' : ''))
  }
  if (following !== undefined) {
    figures.push(figure('this node', following.state, following.state === 'searching' ? 'long warn' : 'long'))
    figures.push(figure('in step', following.age === undefined ? 'never' : `${duration(following.age)} ago`, 'long'))
  }
  if (reload !== undefined) {
    figures.push(
      figure(`last reload, ${ago(reload.time)}`, reload.outcome, reload.outcome === 'refused' ? 'long warn' : 'long'),
    )
  }
  return figures
}

function figure(label: string, value: string, name = ''): HTMLElement {
  return made('div', '', made('dt', '', label), made('dd', name, value))
}

function doorOf({ name, rate, total, history }: PageDoor, step: number): HTMLElement {
  const most = Math.max(1, ...history)
  const { width, height, steps } = DRAWING
  const first = steps + 1 - history.length
  const points = history.map((one, i) => {
    return `${(((first + i) / steps) * width).toFixed(1)} ${(height - 2 - (one / most) * (height - 4)).toFixed(1)}`
  })
  const words = `${name}: ${NUMBER.format(rate)} a second now, at most ${NUMBER.format(most)} in the last ${history.length * step} seconds`
  const line = points.join(' L')
  const start = ((first / steps) * width).toFixed(1)
  const svg = drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': words },
    drawn('path', { class: 'base', d: `M0 ${height - 1} H${width}` }),
    ...(points.length < 2
      ? []
      : [
          drawn('path', { class: 'under', d: `M${start} ${height} L${line} L${width} ${height}` }),
          drawn('path', { d: `M${line}` }),
        ]),
  )
  const door = made('div', 'door', made('span', '', name), made('span', 'rate', NUMBER.format(rate)), svg)
  door.title = `${NUMBER.format(total)} since the start`
  return door
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${NUMBER.format(Math.round(seconds / 86_400))} days`
}
