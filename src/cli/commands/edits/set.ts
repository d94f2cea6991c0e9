/** `kickback set`: fields of a host or node line of the configuration are changed. */
import { nodeNumber, setHost, setNode } from '../../../config/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'
import { type EditRequest, makeEdit } from './editing.ts'

/** The options of a kind of line. */
const OPTIONS = { node: '--class, --sequence, --stage, --mac', host: '--mac, --ip' } as const

/** `kickback set`. */
export const run: RunCommand = async (invocation) => {
  const [what = '', key = ''] = invocation.args
  const kind = what === 'node' ? 'node' : 'host'
  const request = requestOf(invocation, kind, key)
  if (request !== undefined) return makeEdit(invocation, request)
  invocation.terminal.complain(`kickback: what is to be set? Options of ${kind}: ${OPTIONS[kind]}\n`)
  return EXIT.USAGE
}

/** The edit; undefined if no option that the line can have was given, or another one was. */
function requestOf({ settings }: Invocation, kind: 'node' | 'host', key: string): EditRequest | undefined {
  const { bootClass, bootSequence, bootStage, macs, hostAddress, domain } = settings
  const boot = { '--class': bootClass, '--sequence': bootSequence, '--stage': bootStage }
  const given = Object.entries({
    ...boot,
    '--mac': macs.length > 0 ? macs.join(' ') : null,
    '--ip': hostAddress,
  }).filter(([, value]) => value !== null)
  const isWrong = given.some(([flag]) => !OPTIONS[kind].split(', ').includes(flag)) || given.length === 0
  if (isWrong || (kind === 'host' && macs.length > 1)) return undefined
  const action = ['set', kind, key, ...given.flat()].join(' ')
  if (kind === 'host') {
    const fields = { mac: macs[0], address: hostAddress ?? undefined }
    return { action, edit: (bytes) => setHost(bytes, key, fields, domain) }
  }
  const fields = {
    class: bootClass ?? undefined,
    sequence: bootSequence ?? undefined,
    stage: bootStage ?? undefined,
    macs: macs.length > 0 ? macs : undefined,
  }
  const isStage = bootStage !== null && /^\d{1,7}$/.test(key)
  return { action, edit: (bytes) => setNode(bytes, nodeNumber(key), fields), ...(isStage && { stageSet: Number(key) }) }
}
