/** `kickback keys token`, `list`, `approve`, `revoke` and `passwords`: the keys of nodes, as root decides on them on a master; and `rotate node` on a node. */
import { joinTokenText, type KickbackClient, type NodeKeyReport, nodeKeyReports } from '../../kickback/index.ts'
import { DATABASES, layout } from '../../resolver/index.ts'
import { parseMac } from '../../values/index.ts'
import type { Invocation } from '../command.ts'
import { adminSocket, askService, loginField } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { type GivenReply, givenNames, givenNotes, revokedText } from './given-passwords.ts'

/** What is done with the keys of nodes. */
export const NODE_KEY_ACTIONS = { token, list, approve, revoke, passwords } as const

/** `kickback keys token`. Standard output has the token alone, so that it can be piped to a node. */
async function token(invocation: Invocation): Promise<number> {
  const { settings, terminal, args } = invocation
  const [, name, macText] = args
  const mac = macText === undefined ? undefined : parseMac(macText)
  if (macText !== undefined && mac === undefined) {
    terminal.complain(`kickback: ${macText} is not a MAC address\n`)
    return EXIT.USAGE
  }
  const made = await askService(adminSocket(settings.runDir), invocation, async (client) => {
    const node = name === undefined ? undefined : await numberOf(client, name)
    if (name !== undefined && node === undefined) return undefined
    return client.ask('TOKEN', { ...(node !== undefined && { node }), ...(mac && { mac }), ...loginField() })
  })
  if (made === undefined) {
    terminal.complain(`kickback: ${name}: there is no such node\n`)
    return EXIT.FAILED
  }
  const text = joinTokenText(made.token)
  if (settings.json) {
    terminal.print(`${JSON.stringify({ token: text, lasts: made.lasts }, null, 2)}\n`)
    return EXIT.DONE
  }
  terminal.print(`${text}\n`)
  terminal.complain(
    `for ${name ?? 'one node'}, within ${Math.round(made.lasts / 60)} minutes: kickback setup node --master ADDRESS --token-file -\n`,
  )
  return EXIT.DONE
}

/** `kickback keys rotate node`, on a node. */
export async function rotateNode(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const keys = await asked(invocation, async (client) => client.ask('KEYS', { rotate: true, ...loginField() }))
  if (settings.json) terminal.print(`${JSON.stringify(keys, null, 2)}\n`)
  else
    for (const { mark } of keys) terminal.print(`new key ${mark}: kickback status shows when a master has taken it\n`)
  return EXIT.DONE
}

/** Prints all keys. */
async function list(invocation: Invocation): Promise<number> {
  const keys = await asked(invocation, async (client) => client.ask('KEYS', {}))
  const { settings, terminal } = invocation
  if (settings.json) terminal.print(`${JSON.stringify(keys, null, 2)}\n`)
  else for (const key of keys) terminal.print(`${keyText(key)}\n`)
  return EXIT.DONE
}

/** Lets the pending key of a node in. */
function approve(invocation: Invocation): Promise<number> {
  return decide(
    invocation,
    'approve',
    'no such key is pending here: run kickback keys list, and kickback status on the node; with its mark a key is approved on any master',
  )
}

/** Ends the keys of a node. */
function revoke(invocation: Invocation): Promise<number> {
  return decide(invocation, 'revoke', 'the node has no key: nothing was revoked')
}

/** `kickback keys passwords NODE`: the names, one a line. What is not known goes to standard error. */
async function passwords(invocation: Invocation): Promise<number> {
  const { args, settings, terminal } = invocation
  const [, name, more] = args
  if (name === undefined || more !== undefined) {
    terminal.complain('kickback: keys passwords needs the name or the number of a node\n')
    return EXIT.USAGE
  }
  const reply = await askService(adminSocket(settings.runDir), invocation, async (client) => {
    const node = await numberOf(client, name)
    return node === undefined ? undefined : client.ask('KEYS', { passwords: node })
  })
  if (reply === undefined) {
    terminal.complain(`kickback: ${name}: there is no such node; one that was removed has its number still\n`)
    return EXIT.FAILED
  }
  const names = givenNames(reply) ?? []
  if (settings.json) terminal.print(`${JSON.stringify(names, null, 2)}\n`)
  else for (const one of names) terminal.print(`${one}\n`)
  for (const note of givenNotes(reply)) terminal.complain(`kickback: ${name}: ${note}\n`)
  return EXIT.DONE
}

/** Decides on the key of the node that the command line names. `nothing` is said where there is none. */
async function decide(invocation: Invocation, action: 'approve' | 'revoke', nothing: string): Promise<number> {
  const { args, settings, terminal } = invocation
  const [, name, mark] = args
  if (name === undefined || (mark !== undefined && !/^[0-9a-f]{32}$/.test(mark))) {
    terminal.complain(
      `kickback: keys ${action} needs the name of a node, and takes the mark of a key (32 hexadecimal digits)\n`,
    )
    return EXIT.USAGE
  }
  const reply = await askService(adminSocket(settings.runDir), invocation, async (client) => {
    const node = await numberOf(client, name)
    return node === undefined
      ? undefined
      : client.ask('KEYS', { [action]: node, ...(mark !== undefined && { mark }), ...loginField() })
  })
  const keys = nodeKeyReports(reply?.keys ?? [])
  if (keys.length === 0) {
    terminal.complain(`kickback: ${name}: ${nothing}\n`)
    return EXIT.FAILED
  }
  const given: GivenReply = action === 'revoke' ? (reply ?? {}) : {}
  const names = givenNames(given)
  if (settings.json) {
    const all = keys.map((key) => ({ ...key, ...(names && { passwords: names }) }))
    terminal.print(`${JSON.stringify(all, null, 2)}\n`)
    return EXIT.DONE
  }
  for (const key of keys) terminal.print(`${keyText(key)}\n`)
  terminal.print(revokedText(name, given))
  return EXIT.DONE
}

async function asked(
  invocation: Invocation,
  ask: (client: KickbackClient) => Promise<{ readonly keys: readonly object[] } | undefined>,
): Promise<readonly NodeKeyReport[]> {
  const reply = await askService(adminSocket(invocation.settings.runDir), invocation, ask)
  return nodeKeyReports(reply?.keys ?? [])
}

/** The number of a node, of its number or of any name that it has; undefined if there is no such node. */
export async function numberOf(client: KickbackClient, name: string): Promise<number | undefined> {
  if (/^(0|[1-9]\d{0,9})$/.test(name)) return Number(name)
  const record = await client.lookup('hosts', name)
  const host = record === undefined ? undefined : DATABASES.hosts.decode(record)
  const { NODE, UNAPPROVED } = layout.HOST_KINDS
  return host?.kind === NODE || host?.kind === UNAPPROVED ? host.number : undefined
}

function keyText({ node, mark, state, time, connected }: NodeKeyReport): string {
  const when = new Date(time * 1000).toISOString()
  return `node ${node}  ${mark}  ${state}  ${when}${connected ? '  connected' : ''}`
}

/** The mark of a key and the state of a certificate, for the report of a node. */
export function certificateText(report: {
  readonly state: string
  readonly mark: string
  readonly until?: number
  readonly reason?: string
}): string {
  const { state, mark, until, reason } = report
  const left = until === undefined ? '' : `, until ${new Date(until * 1000).toISOString()}`
  return `${state}${left}, key ${mark}${reason === undefined ? '' : `: ${reason}`}`
}
