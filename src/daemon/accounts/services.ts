/** The services of this machine's own name service for users and groups, as nsswitch.conf(5) names them, without kickback. */
import { parseLine, type Source } from '../../values/index.ts'

/** The databases of accounts that a name service has. */
export type AccountDatabase = 'passwd' | 'group' | 'initgroups'

/** One service of a database, with what follows from its answers. */
export type Service = Pick<Source, 'name' | 'actions'>

/** What is asked where neither a setting nor nsswitch.conf says it. */
const USUAL: readonly Service[] = [{ name: 'files', actions: new Map() }]

/** Our own service: asking it would be asking ourselves. */
const OWN = 'kickback'

/**
 * The services of a database in order: those that `chosen` names, else those of the text of nsswitch.conf. Of initgroups: those of group
 * where it has no line of its own, and then all of them have groups of a user, as the C library sees it.
 */
export function servicesOf(database: AccountDatabase, nsswitch: string, chosen: readonly string[]): readonly Service[] {
  if (chosen.length > 0) {
    const all = chosen.map((name) => ({ name, actions: new Map() }))
    return without(database === 'initgroups' ? all.map(goingOn) : all)
  }
  const lines = nsswitch.split('\n').map(parseLine)
  const line = lines.find((one) => one?.database === database)
  if (line === undefined && database === 'initgroups') return servicesOf('group', nsswitch, chosen).map(goingOn)
  return without(line?.sources ?? USUAL)
}

/** The line of a database of accounts that the C library would not understand; undefined if there is none. */
export function badLine(nsswitch: string): string | undefined {
  const lines = nsswitch.split('\n')
  return lines.find((text) => {
    const line = parseLine(text)
    return line !== undefined && line.sources === undefined && isAccounts(line.database)
  })
}

function isAccounts(database: string): database is AccountDatabase {
  return ['passwd', 'group', 'initgroups'].includes(database)
}

/** A service after which the next one is asked whatever it has. */
function goingOn({ name, actions }: Service): Service {
  return { name, actions: new Map([...actions, ['success', 'continue']]) }
}

function without(services: readonly Service[]): readonly Service[] {
  return services.filter(({ name }) => name !== OWN)
}
