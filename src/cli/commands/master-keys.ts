/** `kickback keys` for masters: the trust list is shown, changed and given to the daemon. */
import { readFileSync } from 'node:fs'
import {
  adoptList,
  begunRootRotation,
  begunSigningRotation,
  certifiedRequest,
  endedRootRotation,
  endedSigningRotation,
  KeyActionError,
  type KeyPlace,
  keepForMaster,
  keyRequest,
  listIn,
  revokedMaster,
  settleRootKey,
} from '../../daemon/index.ts'
import { ServiceError } from '../../kickback/index.ts'
import { certificateMark, keyMark, type TrustList, TrustListError } from '../../resolver/index.ts'
import {
  counted,
  hex,
  messageOf,
  monotonic,
  sleep,
  systemErrorCode,
  systemMessage,
  wallClock,
} from '../../values/index.ts'
import type { Invocation } from '../command.ts'
import { adminSocket, askService, isSilence, loginField, silenceText } from '../service.ts'
import { EXIT } from '../synopsis.ts'
import { rotateNode } from './node-keys.ts'
import { auditHere } from './state/audit.ts'

/** How long a daemon waits until it signs with a new key, and some more, in milliseconds. */
const [PATIENCE, EVERY] = [300_000, 2_000]

/** The actions of `kickback keys` on the keys of masters, by name. */
export const MASTER_ACTIONS: Readonly<Record<string, (invocation: Invocation) => Promise<number>>> = {
  masters: guarded(masters),
  request: guarded(request),
  certify: guarded(certify),
  adopt: guarded(adopt),
  'revoke-master': guarded(revoke),
  rotate: guarded(rotate),
}

/** Errors that tell what to do are for the person; those of the system too. What is said of a service is the same for all of `kickback keys`. */
function guarded(action: (invocation: Invocation) => Promise<number>): (invocation: Invocation) => Promise<number> {
  return async (invocation) => {
    try {
      return await action(invocation)
    } catch (error) {
      if (error instanceof ServiceError) throw error
      const isTold = error instanceof KeyActionError || error instanceof TrustListError
      if (!isTold && systemErrorCode(error) === undefined && !isKeyFileError(error)) throw error
      invocation.terminal.complain(`kickback: ${messageOf(error)}\n`)
      return EXIT.FAILED
    }
  }
}

const isKeyFileError = (error: unknown): boolean =>
  error instanceof Error && /^can't read the key |is not an Ed25519 key in PEM$/.test(error.message)

function placeOf({ settings }: Invocation): KeyPlace {
  return { stateDir: settings.stateDir, rootKey: settings.rootKey ?? undefined, now: wallClock() / 1000 }
}

async function masters({ settings, terminal }: Invocation): Promise<number> {
  const held = listIn(settings.stateDir)
  if (held === undefined) throw new KeyActionError(`there is no trust list in ${settings.stateDir}`)
  const facts = factsOf(held)
  terminal.print(settings.json ? `${JSON.stringify(facts, null, 2)}\n` : listText(facts))
  return EXIT.DONE
}

type ListFacts = ReturnType<typeof factsOf>

function factsOf({ number, roots, signers, authorities, revoked }: TrustList) {
  return {
    number,
    roots: roots.map((key) => hex(keyMark(key))),
    signing: signers.map(({ key, name }) => ({ name, mark: hex(keyMark(key)) })),
    authorities: authorities.map(({ certificate, name }) => ({ name, mark: certificateMark(certificate) })),
    revoked,
  }
}

function listText({ number, roots, signing, authorities, revoked }: ListFacts): string {
  const rows = (word: string, all: readonly { readonly name: string; readonly mark: string }[]): string[] =>
    all.map(({ name, mark }) => `${word.padEnd(12)} ${mark} ${name}`)
  const lines = [
    `trust list   ${number}, ${new Date(number * 1000).toISOString()}`,
    ...roots.map((mark) => `root         ${mark}`),
    ...rows('signing', signing),
    ...rows('authority', authorities),
    ...rows('revoked', revoked),
  ]
  return `${lines.join('\n')}\n`
}

async function request({ settings, terminal }: Invocation): Promise<number> {
  const text = await keyRequest(settings.stateDir)
  terminal.print(settings.json ? `${JSON.stringify({ request: text }, null, 2)}\n` : text)
  return EXIT.DONE
}

async function certify(invocation: Invocation): Promise<number> {
  const [, name, file] = invocation.args
  if (name === undefined || file === undefined) return usage(invocation, 'certify NAME FILE')
  return given(invocation, certifiedRequest(placeOf(invocation), name, inputOf(file).toString()), `certify ${name}`)
}

/** What a file has, or standard input for `-`. Throws KeyActionError. */
function inputOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const name = file === '-' ? 'standard input' : file
    throw new KeyActionError(`can't read ${name}: ${systemMessage(error)}`)
  }
}

async function revoke(invocation: Invocation): Promise<number> {
  const [, name] = invocation.args
  if (name === undefined) return usage(invocation, 'revoke-master NAME')
  return given(invocation, revokedMaster(placeOf(invocation), name), `revoke-master ${name}`)
}

/** Not while a daemon runs: it would have another root from one moment to the next. */
async function adopt(invocation: Invocation): Promise<number> {
  const { settings, args, terminal } = invocation
  const [, file] = args
  if (file === undefined) return usage(invocation, 'adopt FILE')
  if (await isRunning(invocation)) throw new KeyActionError('a daemon runs here: stop kickback.service first')
  const list = await adoptList(settings.stateDir, inputOf(file))
  audit(invocation, `adopt trust list ${list.number}`)
  return told(terminal, settings.json, list, 'it is believed from the next start on')
}

async function rotate(invocation: Invocation): Promise<number> {
  const [, what, part] = invocation.args
  if (what === 'node' && part === undefined) return rotateNode(invocation)
  const isEnd = part === 'finish'
  if ((what !== 'signing' && what !== 'root') || (part !== undefined && !isEnd))
    return usage(invocation, 'rotate signing|root [finish], or rotate node')
  if (what === 'signing') return isEnd ? endSigning(invocation) : rotateSigning(invocation)
  if (!isEnd) {
    return given(
      invocation,
      await begunRootRotation(placeOf(invocation)),
      'rotate root',
      'the new root key is in root.key.next; when all nodes have this list (kickback keys masters there), run kickback keys rotate root finish',
    )
  }
  const code = await given(invocation, endedRootRotation(placeOf(invocation)), 'rotate root finish')
  if (code === EXIT.DONE) settleRootKey(invocation.settings.stateDir)
  return code
}

async function rotateSigning(invocation: Invocation): Promise<number> {
  const { terminal, settings } = invocation
  const old = settings.force ? [] : await pinnedMachines(invocation)
  if (old.length > 0) {
    throw new KeyActionError(
      `${counted(old.length, 'machine')} believe the signing key itself and would take nothing any more (${old.slice(0, 10).join(', ')}): give them root.pub as their key, or use --force`,
    )
  }
  const { list, mark } = await begunSigningRotation(placeOf(invocation))
  const code = await given(invocation, list, 'rotate signing')
  if (code !== EXIT.DONE || !(await isRunning(invocation))) return code
  terminal.complain('waiting until nodes and masters have the list, about two minutes\n')
  if (await signsWith(invocation, mark)) return endSigning(invocation)
  throw new KeyActionError(
    'the daemon does not sign with the new key yet: look into its log, then run kickback keys rotate signing finish',
  )
}

async function endSigning(invocation: Invocation): Promise<number> {
  return given(invocation, endedSigningRotation(placeOf(invocation)), 'rotate signing finish')
}

/** The machines that know a signing key itself, as far as the daemon heard of them. */
async function pinnedMachines(invocation: Invocation): Promise<readonly string[]> {
  const report = await ifAnswered(
    askService(adminSocket(invocation.settings.runDir), invocation, (client) => client.status()),
  )
  return report?.old_keys ?? []
}

/** Waits until the daemon signs with the key of this mark; false if that takes too long. */
async function signsWith(invocation: Invocation, mark: string): Promise<boolean> {
  const place = adminSocket(invocation.settings.runDir)
  for (let waited = 0; waited < PATIENCE; waited += EVERY) {
    const { trust } = await askService(place, invocation, (client) => client.status())
    if (trust?.signer === mark) return true
    await sleep(monotonic, EVERY, new AbortController().signal)
  }
  return false
}

async function isRunning(invocation: Invocation): Promise<boolean> {
  return (await ifAnswered(askService(adminSocket(invocation.settings.runDir), invocation, async () => true))) ?? false
}

async function ifAnswered<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ServiceError && isSilence(error)) return undefined
    throw error
  }
}

/** Gives a list to the daemon, or keeps it for the next start. */
async function given(invocation: Invocation, list: TrustList, action: string, next?: string): Promise<number> {
  const { settings, terminal } = invocation
  const place = adminSocket(settings.runDir)
  try {
    await askService(place, invocation, (client) => client.ask('TRUST', { list: list.bytes, action, ...loginField() }))
  } catch (error) {
    if (!(error instanceof ServiceError && isSilence(error))) throw error
    terminal.complain(silenceText(place, error))
    keepForMaster(settings.stateDir, list)
    audit(invocation, action)
  }
  return told(terminal, settings.json, list, next)
}

function audit({ settings }: Invocation, action: string): void {
  auditHere(settings.stateDir, action)
}

function told(terminal: Invocation['terminal'], json: boolean, list: TrustList, next = ''): number {
  terminal.print(
    json
      ? `${JSON.stringify(factsOf(list), null, 2)}\n`
      : `trust list ${list.number}${next === '' ? '' : `: ${next}`}\n`,
  )
  return EXIT.DONE
}

function usage({ terminal }: Invocation, form: string): number {
  terminal.complain(`kickback: usage: kickback keys ${form}\n`)
  return EXIT.USAGE
}
