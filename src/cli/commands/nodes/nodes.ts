/** `kickback nodes`: the nodes of the configuration and how each of them stands, as a table or JSON. */
import { type KickbackClient, type Place, ServiceError } from '../../../kickback/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../../service.ts'
import { EXIT, NOT_FOUND } from '../../synopsis.ts'
import { lostLine } from '../../watch/lost-line.ts'
import { drawAgain } from '../../watch/watch.ts'
import { BootStages } from './boot-stages.ts'
import { type HostList, hostLines, hostList } from './hosts.ts'
import { type NodeList, NoListError, nodeList } from './node-list.ts'
import { contentCounts, nodeLines, pingCounts, stateCounts } from './node-table.ts'

/** `kickback nodes`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  // It loads the code of the daemons, which the list does without.
  if (settings.unknown) return (await import('./unknown.ts')).listUnknown(invocation)
  const place = adminSocket(settings.runDir)
  try {
    return await (settings.hosts ? listHosts(invocation, place) : listNodes(invocation, place))
  } catch (error) {
    if (error instanceof NoListError) terminal.complain(`kickback: ${error.message}\n`)
    else if (error instanceof ServiceError)
      terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    else throw error
    return EXIT.FAILED
  }
}

async function listNodes(invocation: Invocation, place: Place): Promise<number> {
  const { settings, terminal } = invocation
  const stages = new BootStages(settings.config)
  const ask = async (client: KickbackClient): Promise<NodeList> => nodeList(client, await stages.now(), settings)
  const draw = (list: NodeList | undefined, lost: ServiceError | undefined): readonly string[] => [
    ...lostLine(lost, terminal.screen),
    ...(list === undefined ? [] : nodeLines(list, terminal.screen)),
  ]
  if (settings.watch) return drawAgain(invocation, { places: [place], ask, draw, json: reportOf })
  const list = await askService(place, invocation, ask)
  if (settings.json) terminal.print(`${JSON.stringify(reportOf(list), null, 2)}\n`)
  else if (list.nodes.length + list.unapproved.length > 0) terminal.print(`${draw(list, undefined).join('\n')}\n`)
  else terminal.complain('kickback: no node of the configuration is in this set and this state\n')
  return list.nodes.length + list.unapproved.length > 0 ? EXIT.DONE : NOT_FOUND
}

async function listHosts(invocation: Invocation, place: Place): Promise<number> {
  const { settings, terminal } = invocation
  const draw = (list: HostList | undefined, lost: ServiceError | undefined): readonly string[] => [
    ...lostLine(lost, terminal.screen),
    ...(list === undefined ? [] : hostLines(list, terminal.screen)),
  ]
  if (settings.watch) return drawAgain(invocation, { places: [place], ask: hostList, draw, json: (list) => list })
  const list = await askService(place, invocation, hostList)
  if (settings.json) terminal.print(`${JSON.stringify(list, null, 2)}\n`)
  else if (list.hosts.length > 0) terminal.print(`${draw(list, undefined).join('\n')}\n`)
  else terminal.complain('kickback: the configuration has no host line\n')
  return list.hosts.length > 0 ? EXIT.DONE : NOT_FOUND
}

/** The list for programs. */
function reportOf({ generation, nodes, unapproved, time }: NodeList): object {
  const counts = { states: stateCounts(nodes), contents: contentCounts(nodes), pings: pingCounts(nodes) }
  return { generation, time, ...counts, unapproved, nodes }
}
