/** `kickback nodes`: the nodes of the configuration and how each of them stands, as a table or JSON. */
import { type KickbackClient, ServiceError } from '../../../kickback/index.ts'
import type { RunCommand } from '../../command.ts'
import { adminSocket, askService, isSilence, silenceText } from '../../service.ts'
import { EXIT, NOT_FOUND } from '../../synopsis.ts'
import { lostLine } from '../../watch/lost-line.ts'
import { drawAgain } from '../../watch/watch.ts'
import { BootStages } from './boot-stages.ts'
import { type NodeList, NoListError, nodeList } from './node-list.ts'
import { contentCounts, nodeLines, stateCounts } from './node-table.ts'

/** `kickback nodes`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  // It loads the code of the daemons, which the list does without.
  if (settings.unknown) return (await import('./unknown.ts')).listUnknown(invocation)
  const place = adminSocket(settings.runDir)
  const stages = new BootStages(settings.config)
  const ask = async (client: KickbackClient): Promise<NodeList> => nodeList(client, await stages.now(), settings)
  const draw = (list: NodeList | undefined, lost: ServiceError | undefined): readonly string[] => [
    ...lostLine(lost, terminal.screen),
    ...(list === undefined ? [] : nodeLines(list, terminal.screen)),
  ]
  try {
    if (settings.watch) return await drawAgain(invocation, { places: [place], ask, draw, json: reportOf })
    const list = await askService(place, invocation, ask)
    if (settings.json) terminal.print(`${JSON.stringify(reportOf(list), null, 2)}\n`)
    else if (list.nodes.length > 0) terminal.print(`${draw(list, undefined).join('\n')}\n`)
    else terminal.complain('kickback: no node of the configuration is in this set and this state\n')
    return list.nodes.length > 0 ? EXIT.DONE : NOT_FOUND
  } catch (error) {
    if (error instanceof NoListError) terminal.complain(`kickback: ${error.message}\n`)
    else if (error instanceof ServiceError)
      terminal.complain(isSilence(error) ? silenceText(place, error) : `kickback: ${error.message}\n`)
    else throw error
    return EXIT.FAILED
  }
}

/** The list for programs. */
function reportOf({ generation, nodes, time }: NodeList): object {
  return { generation, time, states: stateCounts(nodes), contents: contentCounts(nodes), nodes }
}
