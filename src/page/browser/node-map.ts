/** The map of the nodes by number: a canvas of cells, with arrow keys, a voice, and the same as text. */

import type { PageMap } from '../index.ts'
import { at, fill, made } from './elements.ts'
import { STATES, statesOf } from './node-set.ts'

/** The largest and smallest cell, also where there is little room, in CSS pixels, and how many rows make the cells smaller. */
const CELL = { most: 28, least: 6, narrow: 4, rows: 40 } as const
/** Less room than this is little, in CSS pixels. */
const NARROW = 480

/** How a cell looks: full, an empty frame, or a frame with a corner that is full; so that states differ without colours too. */
interface Look {
  readonly colour: string
  readonly shape: 'full' | 'frame' | 'corner'
}

/** By the name of a state. */
const LOOKS: { readonly [S in (typeof STATES)[number]]: Look | undefined } = {
  none: undefined,
  up: { colour: '--good', shape: 'full' },
  behind: { colour: '--warn', shape: 'full' },
  booting: { colour: '--accent', shape: 'corner' },
  installing: { colour: '--warn', shape: 'corner' },
  held: { colour: '--bad', shape: 'corner' },
  down: { colour: '--bad', shape: 'full' },
  never: { colour: '--gone', shape: 'frame' },
}

function drawCell(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [x: number, y: number],
  size: number,
  { colour, shape }: Look,
): void {
  context.fillStyle = colour
  if (shape === 'full') {
    context.fillRect(x, y, size, size)
    return
  }
  const line = size > 8 ? 1.5 : 1
  context.strokeStyle = colour
  context.lineWidth = line
  context.strokeRect(x + line / 2, y + line / 2, size - line, size - line)
  if (shape === 'frame') return
  context.beginPath()
  context.moveTo(x, y + size)
  context.lineTo(x + size, y)
  context.lineTo(x + size, y + size)
  context.fill()
}

/** The map in its place. */
export class NodeMap {
  readonly #place = at('map')
  readonly #canvas = document.createElement('canvas')
  readonly #open: (number: number) => void
  #states: Uint8Array = new Uint8Array()
  #told = ''
  #here = 0
  #columns = 1
  #cell: number = CELL.most

  /** `open` is called with the number of a node that somebody wants to see. */
  constructor(open: (number: number) => void) {
    this.#open = open
    this.#canvas.setAttribute('aria-hidden', 'true')
    this.#place.append(this.#canvas)
    this.#place.tabIndex = 0
    this.#place.setAttribute('role', 'application')
    this.#place.setAttribute(
      'aria-label',
      'Map of the nodes by number. Arrow keys go from node to node, Enter explains one.',
    )
    this.#place.addEventListener('keydown', (event) => this.#key(event))
    this.#place.addEventListener('focus', () => this.#draw())
    this.#place.addEventListener('blur', () => this.#draw())
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event, false))
    this.#canvas.addEventListener('click', (event) => this.#point(event, true))
    new ResizeObserver(() => this.#draw()).observe(this.#place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw())
  }

  /** Shows these sets. */
  show(map: PageMap): void {
    const told = JSON.stringify(map)
    if (told === this.#told) return
    this.#told = told
    this.#states = statesOf(map)
    this.#draw()
    const sets = [...Object.entries(map.states), ['behind', map.behind] as const].filter(([, set]) => set !== '')
    const lists = sets.map(([name, set]) => made('p', 'note', `${name}: ${set.replaceAll(',', ', ')}`))
    fill(at('map-text'), made('details', '', made('summary', '', 'The same as text'), ...lists))
  }

  #draw(): void {
    const { width } = this.#place.getBoundingClientRect()
    const count = this.#states.length
    if (width === 0 || count === 0) return
    const wanted = Math.floor(Math.sqrt((width * CELL.rows * CELL.least) / count))
    this.#cell = Math.max(width < NARROW ? CELL.narrow : CELL.least, Math.min(CELL.most, wanted))
    this.#columns = columnsOf(Math.floor(width / this.#cell))
    const [across, down] = [this.#columns * this.#cell, Math.ceil(count / this.#columns) * this.#cell]
    const scale = devicePixelRatio
    this.#canvas.width = across * scale
    this.#canvas.height = down * scale
    // The policy allows no style attribute; the object model of styles is no attribute.
    this.#canvas.style.width = `${across}px`
    this.#canvas.style.height = `${down}px`
    const context = this.#canvas.getContext('2d')
    if (context === null) return
    context.scale(scale, scale)
    const colours = getComputedStyle(document.documentElement)
    const of = (name: string): string => colours.getPropertyValue(name).trim()
    const looks = STATES.map((state) => LOOKS[state] && { ...LOOKS[state], colour: of(LOOKS[state].colour) })
    const focus = of('--focus')
    const size = this.#cell - (this.#cell > 10 ? 3 : 1)
    for (const [number, state] of this.#states.entries()) {
      const look = looks[state]
      if (look !== undefined) drawCell(context, this.#corner(number), size, look)
    }
    if (document.activeElement !== this.#place) return
    const [x, y] = this.#corner(this.#here)
    context.strokeStyle = focus
    context.lineWidth = 2
    context.strokeRect(x, y, size, size)
  }

  #corner(number: number): readonly [x: number, y: number] {
    return [(number % this.#columns) * this.#cell, Math.floor(number / this.#columns) * this.#cell]
  }

  #key(event: KeyboardEvent): void {
    const last = this.#states.length - 1
    const rowStart = this.#here - (this.#here % this.#columns)
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: this.#here - 1,
      ArrowRight: this.#here + 1,
      ArrowUp: this.#here - this.#columns,
      ArrowDown: this.#here + this.#columns,
      Home: event.ctrlKey ? 0 : rowStart,
      End: event.ctrlKey ? last : Math.min(last, rowStart + this.#columns - 1),
    }
    const to = moves[event.key]
    if (event.key === 'Enter') this.#open(this.#here)
    if (to === undefined) return
    event.preventDefault()
    this.#go(Math.max(0, Math.min(last, to)))
  }

  #go(number: number): void {
    this.#here = number
    const state = STATES[this.#states[number] ?? 0] ?? 'none'
    fill(at('map-here'), state === 'none' ? `No node has the number ${number}` : `Node ${number}: ${state}`)
    this.#draw()
  }

  #point(event: MouseEvent, isClick: boolean): void {
    const column = Math.floor(event.offsetX / this.#cell)
    const number = Math.floor(event.offsetY / this.#cell) * this.#columns + column
    if (column >= this.#columns || number < 0 || number >= this.#states.length) return
    this.#go(number)
    if (isClick) this.#open(number)
  }
}

/** A number of columns that people can count by: tens where there are enough. */
function columnsOf(most: number): number {
  if (most >= 200) return most - (most % 50)
  return most >= 10 ? most - (most % 10) : Math.max(1, most)
}
