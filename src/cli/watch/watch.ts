/** A picture on the terminal that is drawn again and again, from one connection that is kept. */
import { Backoff, type KickbackClient, type Place, ServiceError } from '../../kickback/index.ts'
import { monotonic, sleep } from '../../values/index.ts'
import type { Invocation, Terminal } from '../command.ts'
import { askService, isKeptOut, isSilence } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { Stage } from './stage.ts'

/** How often a picture is drawn, in milliseconds. */
const EVERY = 2000
/** The pauses between tries to reach a daemon that has ended, in milliseconds. */
const RETRY = { first: 250, longest: 2000 } as const

/** What is watched. */
interface Watched<T> {
  /** Where it is asked; the first that lets us in. */
  readonly places: readonly [Place, ...Place[]]
  /** Asks once. */
  readonly ask: (client: KickbackClient, place: Place) => Promise<T>
  /** The whole picture, in lines; the last answer and, while no service answers, why. */
  readonly draw: (answer: T | undefined, lost: ServiceError | undefined) => readonly string[]
  /** The answer for programs. */
  readonly json: (answer: T) => object
}

/** What is said where a picture cannot be drawn. */
const NO_TERMINAL =
  'kickback: --watch draws on a terminal, and standard output is none; with --json it prints a report on each line\n'

/**
 * Draws until `q`, Ctrl-C or a signal; with --json prints a line for each answer, until nobody reads on. A daemon that ends is asked again
 * once it is back. The exit code.
 */
export async function drawAgain<T>(invocation: Invocation, watched: Watched<T>): Promise<number> {
  const { settings, terminal } = invocation
  if (settings.json)
    return follow(invocation, watched, { show: lineShow(terminal, watched), end: new AbortController() })
  if (terminal.screen === undefined) {
    terminal.complain(NO_TERMINAL)
    return EXIT.USAGE
  }
  const end = new AbortController()
  let last: T | undefined
  let lost: ServiceError | undefined
  const stage = new Stage(terminal, () => watched.draw(last, lost), end)
  stage.enter()
  try {
    const show = (answer: T | undefined, error: ServiceError | undefined): void => {
      last = answer ?? last
      lost = error
      stage.draw()
    }
    return await follow(invocation, watched, { show, end })
  } finally {
    await stage.leave()
  }
}

/** Where answers go, and until when. */
interface Audience<T> {
  readonly show: (answer: T | undefined, lost: ServiceError | undefined) => void
  readonly end: AbortController
}

function lineShow<T>(terminal: Terminal, { json }: Watched<T>): Audience<T>['show'] {
  return (answer) => {
    if (answer !== undefined) terminal.print(`${JSON.stringify(json(answer))}\n`)
  }
}

async function follow<T>(invocation: Invocation, watched: Watched<T>, { show, end }: Audience<T>): Promise<number> {
  const backoff = new Backoff({ ...RETRY, random: Math.random })
  const isOver = (): boolean => end.signal.aborted || invocation.terminal.isBroken === true
  let at = 0
  while (!isOver()) {
    const place = watched.places[at] ?? watched.places[0]
    try {
      await askService(place, invocation, async (client) => {
        while (!isOver()) {
          show(await watched.ask(client, place), undefined)
          backoff.reset()
          await sleep(monotonic, EVERY, end.signal)
        }
      })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (isKeptOut(error) && at + 1 < watched.places.length) {
        at++
        continue
      }
      if (!isSilence(error)) throw error
      if (!isOver()) show(undefined, error)
      await sleep(monotonic, backoff.next(), end.signal)
    }
  }
  return EXIT.DONE
}
