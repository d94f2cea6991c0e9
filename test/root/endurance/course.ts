/** What happens to the site: reloads, one after the other, and restarts of its daemons between them. */
import type { Member, Site } from './site.ts'

/** Restarts in turn: a daemon, and how it ends. systemd would start it again; here the service does. */
const RESTARTS: readonly (readonly [Member['name'], 'in good order' | 'killed'])[] = [
  ['master', 'killed'],
  ['node', 'killed'],
  ['master', 'in good order'],
  ['node', 'in good order'],
]

/** How a course is to be. */
export interface Course {
  readonly reloads: number
  /** Spread evenly among the reloads. */
  readonly restarts: number
}

/**
 * Runs a course. Each reload is a change of the configuration and of the accounts, which both machines have to have before the next one
 * comes. A daemon is restarted when such a change has just been made: it ends while it takes it, or before.
 */
export async function run(site: Site, { reloads, restarts }: Course, tell: (line: string) => void): Promise<void> {
  let done = 0
  for (let reload = 1; reload <= reloads; reload++) {
    await site.move()
    for (; done < Math.floor((reload * restarts) / reloads); done++) await restart(site, done, tell)
    await site.inStep()
  }
}

async function restart(site: Site, number: number, tell: (line: string) => void): Promise<void> {
  const [name, how] = RESTARTS[number % RESTARTS.length] ?? ['master', 'killed']
  const { service } = site[name]
  if (how === 'killed') await service.cutOff()
  else await service.stop()
  service.start()
  tell(`restart ${number + 1}, after ${site.moves} reloads: the ${name} ${how}`)
}
