/** `kickback keys hosts`, `approve-host` and `refuse-host`: the ssh host keys of nodes, as root decides on them on a master. */
import { allHostKeysIn } from '../../daemon/index.ts'
import { type HostKeyReport, hostKeyReports } from '../../kickback/index.ts'
import { hostKeyFingerprint, type NodeHostKeys } from '../../resolver/index.ts'
import { systemErrorCode, systemMessage } from '../../values/index.ts'
import type { Invocation } from '../command.ts'
import { adminSocket, askService, loginField } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { numberOf } from './node-keys.ts'

/** What is done with the ssh host keys of nodes. */
export const HOST_KEY_ACTIONS = { hosts, 'approve-host': approveHost, 'refuse-host': refuseHost } as const

/** A key as it is listed: with the other nodes that told the same one. */
interface ListedKey extends HostKeyReport {
  readonly also: readonly number[]
}

/** The keys that a master keeps, all of them, those that wait first. Undefined, and told, if they cannot be read. */
export function keptHostKeys({ settings, terminal }: Invocation): readonly NodeHostKeys[] | undefined {
  try {
    const { nodes, faults } = allHostKeysIn(settings.stateDir)
    for (const fault of faults) terminal.complain(`kickback: ${fault}\n`)
    return nodes
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    terminal.complain(`kickback: can't read the ssh host keys in ${settings.stateDir}: ${systemMessage(error)}\n`)
    return undefined
  }
}

/** Prints them. */
async function hosts(invocation: Invocation): Promise<number> {
  const { settings, terminal, args } = invocation
  const [, name] = args
  const kept = keptHostKeys(invocation)
  if (kept === undefined) return EXIT.FAILED
  const node = name === undefined ? undefined : await nodeNamed(invocation, name)
  if (name !== undefined && node === undefined) return EXIT.FAILED
  const all = listed(kept).filter((key) => node === undefined || key.node === node)
  if (settings.json) terminal.print(`${JSON.stringify(all, null, 2)}\n`)
  else for (const key of all) terminal.print(`${keyText(key)}\n`)
  return EXIT.DONE
}

function listed(kept: readonly NodeHostKeys[]): ListedKey[] {
  const holders = new Map<string, number[]>()
  for (const { node, keys } of kept)
    for (const { base64 } of keys) holders.set(base64, [...(holders.get(base64) ?? []), node])
  const all = kept.flatMap(({ node, keys }) =>
    keys.map((key): ListedKey => {
      const { type, base64, state, time } = key
      const also = (holders.get(base64) ?? []).filter((other) => other !== node)
      return { node, type, fingerprint: hostKeyFingerprint(key), state, time, also }
    }),
  )
  return [...all.filter(({ state }) => state === 'waiting'), ...all.filter(({ state }) => state !== 'waiting')]
}

function approveHost(invocation: Invocation): Promise<number> {
  return decide(invocation, 'approve', 'no such key waits for an approval here: run kickback keys hosts')
}

function refuseHost(invocation: Invocation): Promise<number> {
  return decide(invocation, 'revoke', 'no such key is here: run kickback keys hosts')
}

/** Decides on what waits for the node that the command line names. `nothing` is said where there is none. */
async function decide(invocation: Invocation, action: 'approve' | 'revoke', nothing: string): Promise<number> {
  const { args, settings, terminal } = invocation
  const [word, name, fingerprint] = args
  if (name === undefined || (fingerprint !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint))) {
    terminal.complain(
      `kickback: keys ${word} needs the name of a node, and takes the fingerprint of a key (SHA256:...)\n`,
    )
    return EXIT.USAGE
  }
  const node = await nodeNamed(invocation, name)
  if (node === undefined) return EXIT.FAILED
  const reply = await askService(adminSocket(settings.runDir), invocation, (client) =>
    client.ask('KEYS', {
      hosts: true,
      [action]: node,
      ...(fingerprint !== undefined && { mark: fingerprint }),
      ...loginField(),
    }),
  )
  const keys = hostKeyReports(reply.keys)
  if (keys.length === 0) {
    terminal.complain(`kickback: ${name}: ${nothing}\n`)
    return EXIT.FAILED
  }
  if (settings.json) terminal.print(`${JSON.stringify(keys, null, 2)}\n`)
  else for (const key of keys) terminal.print(`${keyText({ ...key, also: [] })}\n`)
  return EXIT.DONE
}

/** The number of a node; undefined, and told, if there is no such node. */
async function nodeNamed(invocation: Invocation, name: string): Promise<number | undefined> {
  if (/^(0|[1-9]\d{0,9})$/.test(name)) return Number(name)
  const node = await askService(adminSocket(invocation.settings.runDir), invocation, (client) => numberOf(client, name))
  if (node === undefined) invocation.terminal.complain(`kickback: ${name}: there is no such node\n`)
  return node
}

function keyText({ node, type, fingerprint, state, time, also }: ListedKey): string {
  const same = also.length === 0 ? '' : `  also of node ${also.slice(0, 8).join(', ')}${also.length > 8 ? '...' : ''}`
  return `node ${node}  ${type}  ${fingerprint}  ${state}  ${new Date(time * 1000).toISOString()}${same}`
}
