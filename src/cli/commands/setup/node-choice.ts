/** What a machine needs to be told to become a node: its masters, and how it knows them. */
import { existsSync, readFileSync } from 'node:fs'
import { joinedKey, KickbackClient, parseJoinToken, ServiceError, UntrustedError } from '../../../kickback/index.ts'
import { publicKeyOf } from '../../../resolver/index.ts'
import { SetupError } from '../../../setup/index.ts'
import { type Endpoint, formatEndpoint, messageOf, monotonic, systemMessage } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { SETTINGS } from '../../settings/table.ts'
import { endpointValue, ValueError } from '../../settings/values.ts'
import type { Questions } from './questions.ts'

/** How long a master has to answer, in milliseconds. */
const PATIENCE = 10_000

/** The masters of a node, first choice first, and what proves them. */
export type NodeChoice = { readonly masters: readonly Endpoint[] } & (
  | { readonly trust: 'key'; readonly file: string }
  | { readonly trust: 'token'; readonly token: Uint8Array }
  | { readonly trust: 'insecure' }
)

/** What was not said, or said twice: wrong usage. */
export class SetupUsageError extends Error {
  override readonly name = 'SetupUsageError'
}

/** What the command line, the settings file and the person at the terminal say. Throws SetupUsageError and SetupError. */
export async function nodeChoice(invocation: Invocation, questions: Questions, keyFile: string): Promise<NodeChoice> {
  const masters = await mastersOf(invocation, questions)
  return { masters, ...(await trustOf(invocation, questions, keyFile)) }
}

async function mastersOf({ settings }: Invocation, questions: Questions): Promise<readonly Endpoint[]> {
  if (settings.master.length > 0) return settings.master
  if (!questions.canAsk) throw new SetupUsageError('setup node needs --master ADDRESS, the address of the master')
  try {
    return [endpointValue(await questions.ask('The address of the master: '), SETTINGS.master.usualPort)]
  } catch (error) {
    if (error instanceof ValueError) throw new SetupUsageError(error.message)
    throw error
  }
}

type Trust = NodeChoice extends infer C ? (C extends unknown ? Omit<C, 'masters'> : never) : never

async function trustOf({ settings, locations }: Invocation, questions: Questions, keyFile: string): Promise<Trust> {
  const { key, insecure, tokenFile } = settings
  const isKeyGiven = key !== null && !locations.has('key')
  const isInsecure = insecure && !locations.has('insecure')
  if ([isKeyGiven, isInsecure, tokenFile !== null].filter(Boolean).length > 1) {
    throw new SetupUsageError('setup node needs one of --token-file FILE, --key FILE and --insecure')
  }
  if (tokenFile !== null)
    return { trust: 'token', token: tokenOf(await questions.firstLine(tokenFile, TOKEN_QUESTION)) }
  if (isInsecure) return { trust: 'insecure' }
  if (key !== null) return { trust: 'key', file: key }
  if (existsSync(keyFile)) return { trust: 'key', file: keyFile }
  if (insecure) return { trust: 'insecure' }
  if (!questions.canAsk) {
    throw new SetupUsageError(
      'setup node needs --token-file FILE (kickback keys token on the master makes a token), or --key FILE (root.pub of the master)',
    )
  }
  return { trust: 'token', token: tokenOf(await questions.ask(TOKEN_QUESTION)) }
}

const TOKEN_QUESTION = 'The token that kickback keys token printed on the master: '

function tokenOf(text: string): Uint8Array {
  const token = parseJoinToken(text)
  if (token !== undefined) return token
  throw new SetupError(
    'that is not a join token, which has 32 hexadecimal digits: run kickback keys token on the master',
  )
}

/** What a node is given by its set-up. */
export interface Given {
  /** The public key of the cluster as PEM; undefined for a node that believes anybody. */
  readonly content: Uint8Array | undefined
  /** Whether a token let the key of the node in. */
  readonly isLetIn?: boolean
}

/** What the choice gives; `nodeKey` makes the key of the node if it has none, and gives its mark. Throws SetupError. */
export async function keyContent(
  choice: NodeChoice,
  version: string,
  nodeKey?: () => Promise<Uint8Array>,
): Promise<Given> {
  if (choice.trust === 'insecure') return { content: undefined }
  if (choice.trust === 'key') return { content: keyOfFile(choice.file) }
  return keyByToken(choice.masters, choice.token, { version, nodeKey })
}

function keyOfFile(file: string): Uint8Array {
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch (error) {
    throw new SetupError(
      `can't read the key ${file}: ${systemMessage(error)}; copy root.pub from the state dir of the master`,
    )
  }
  try {
    publicKeyOf(content.toString())
  } catch {
    throw new SetupError(`${file} is not an Ed25519 key in PEM: copy root.pub from the state dir of the master`)
  }
  if (content.includes('PRIVATE KEY')) {
    throw new SetupError(`${file} is the private key of the cluster, which no node may have: use root.pub`)
  }
  return content
}

/** Asks the masters in turn, as one of them alone made the token. An answer that proves nothing ends that. */
async function keyByToken(
  masters: readonly Endpoint[],
  token: Uint8Array,
  { version, nodeKey }: { readonly version: string; readonly nodeKey: (() => Promise<Uint8Array>) | undefined },
): Promise<Given> {
  const [refusals, unreachable]: [string[], string[]] = [[], []]
  for (const { host, port } of masters) {
    const name = formatEndpoint({ host, port })
    let client: KickbackClient
    try {
      client = await KickbackClient.connect(
        { host, port },
        { clock: monotonic, software: `kickback ${version}`, timeout: PATIENCE },
      )
    } catch (error) {
      unreachable.push(`${name}: ${messageOf(error)}`)
      continue
    }
    try {
      // A master of an earlier release would not know the token by a proof that has a key in it.
      const isAsked = nodeKey !== undefined && (await client.hello()).tls !== undefined
      const { key, node } = await joinedKey(client, token, isAsked ? await nodeKey() : undefined)
      return { content: Buffer.from(key.export({ type: 'spki', format: 'pem' })), isLetIn: node !== undefined }
    } catch (error) {
      if (!(error instanceof ServiceError || error instanceof UntrustedError)) throw error
      refusals.push(`the master at ${name} did not give the key of the cluster: ${error.message}`)
      if (error instanceof UntrustedError) break
    } finally {
      client.close()
    }
  }
  if (refusals.length > 0) {
    const silent = unreachable.map((one) => `no answer from ${one}`)
    throw new SetupError(`${[...refusals, ...silent].join('; ')}; nothing was changed`)
  }
  throw new SetupError(
    `no master answers (${unreachable.join('; ')}): is kickback.service running there, and the address right? Nothing was changed`,
  )
}
