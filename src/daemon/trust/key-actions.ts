/** What an administrator does with the keys of masters: each makes a new trust list, signed by a root that may be kept elsewhere. */
import type { KeyObject } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  certified,
  isAuthority,
  keyMark,
  nextTrustNumber,
  parseTrustList,
  privateKeyOf,
  provedTrustList,
  publicDer,
  publicKeyOf,
  publicKeyOfDer,
  publicPem,
  signedTrustList,
  type TrustClaims,
  type TrustList,
  withoutMaster,
  withoutSigner,
  withRoots,
} from '../../resolver/index.ts'
import { hex, syncFolderSync } from '../../values/index.ts'
import { makeKeyFile, openSigningKey, readKey } from '../generations/signing-key.ts'
import { openAuthority } from './authority.ts'
import { bridgeIn, keepBridge, keepList, listIn } from './list-file.ts'
import { extendedBridge, masterName, NEXT_SIGNING } from './master-trust.ts'
import { keepRoot, openRootKey, ROOT_FILES } from './root-key.ts'

/** What an action works with. */
export interface KeyPlace {
  readonly stateDir: string
  /** The file of the private root key; that of the state dir unless set. */
  readonly rootKey: string | undefined
  /** Seconds since 1970. */
  readonly now: number
}

/** An action that cannot be done; the message says what to do. */
export class KeyActionError extends Error {
  override readonly name = 'KeyActionError'
}

const REQUEST = 'kickback keys request 1'

/** The public parts of the master of a state dir, which are made where there are none, as text for `certifiedRequest`. */
export async function keyRequest(stateDir: string): Promise<string> {
  const { publicKey } = await openSigningKey(stateDir)
  const { authority } = await openAuthority(stateDir, masterName())
  const line = (word: string, der: Uint8Array): string =>
    `${word} ${Buffer.from(der).toString('base64')} ${masterName()}\n`
  return `${REQUEST}\n${line('signing', publicDer(publicKey))}${line('authority', authority.certificate)}`
}

/** The list that also certifies the keys of a request, under this name. Throws KeyActionError, and TrustListError. */
export function certifiedRequest(place: KeyPlace, name: string, text: string): TrustList {
  const [first, ...lines] = text.trimEnd().split('\n')
  const [signingText, authorityText, ...more] = lines.map((line) => line.split(' '))
  const isRequest = first === REQUEST && signingText?.[0] === 'signing' && more.length === 0
  // A master of an earlier release has no authority.
  if (!isRequest || (authorityText !== undefined && authorityText[0] !== 'authority'))
    throw new KeyActionError('that is no request: run kickback keys request on the other master')
  const authority = authorityText && requestedAuthority(authorityText[1] ?? '')
  let signing: KeyObject
  try {
    signing = publicKeyOfDer(Buffer.from(signingText[1] ?? '', 'base64'))
  } catch {
    throw new KeyActionError('the request has no Ed25519 key: run kickback keys request on the other master again')
  }
  return changed(place, (claims) => certified(claims, { name, signing, authority }))
}

function requestedAuthority(text: string): Uint8Array {
  const der = Buffer.from(text, 'base64')
  if (isAuthority(der)) return der
  throw new KeyActionError('the request has no certificate of an authority: run kickback keys request there again')
}

/** The list without the master of this name. */
export function revokedMaster(place: KeyPlace, name: string): TrustList {
  return changed(place, (claims) => withoutMaster(claims, name))
}

/** A new signing key for the master of this state dir, beside the one that signs, and the list that has both. An unfinished one is used again. */
export async function begunSigningRotation(
  place: KeyPlace,
): Promise<{ readonly list: TrustList; readonly mark: string }> {
  const own = ownSigner(place.stateDir)
  await makeKeyFile(join(place.stateDir, NEXT_SIGNING))
  const next = readKey(join(place.stateDir, NEXT_SIGNING), publicKeyOf)
  const list = changed(place, (claims) => certified(claims, { name: own.name, signing: next, authority: undefined }))
  return { list, mark: hex(keyMark(next)) }
}

/** The list without the older signing keys of the master of this state dir. Throws KeyActionError if there are none. */
export function endedSigningRotation(place: KeyPlace): TrustList {
  const own = ownSigner(place.stateDir)
  return changed(place, (claims) => {
    const older = claims.signers.filter(({ name, key }) => name === own.name && !key.equals(own.key))
    if (older.length === 0)
      throw new KeyActionError('the list has no older signing key of this master: no rotation is to be finished')
    return older.reduce((left, { key }) => withoutSigner(left, key), claims)
  })
}

/** A new root beside the old one, in root.key.next, and the list that has both, signed by both. */
export async function begunRootRotation(place: KeyPlace): Promise<TrustList> {
  const file = join(place.stateDir, `${ROOT_FILES.key}.next`)
  await makeKeyFile(file)
  const next = openRootKey(file)
  const key = publicKeyOf(publicPem(next))
  return changed(
    place,
    (claims) => withRoots(claims, [key, ...claims.roots.filter((one) => !one.equals(key))], 'root'),
    [next],
  )
}

/** The list with the new root alone, signed by it, and by the old one if that is in the state dir. */
export function endedRootRotation(place: KeyPlace): TrustList {
  const { stateDir } = place
  const [next, old] = [join(stateDir, `${ROOT_FILES.key}.next`), join(stateDir, ROOT_FILES.key)]
  const rootKey = place.rootKey ?? (existsSync(next) ? next : old)
  const root = openRootKey(rootKey)
  const key = publicKeyOf(publicPem(root))
  const more = existsSync(old) && rootKey !== old ? [openRootKey(old)] : []
  const list = changed(
    { ...place, rootKey },
    (claims) => {
      if (claims.roots.length < 2 || !claims.roots[0]?.equals(key))
        throw new KeyActionError(
          'no rotation of the root is to be finished with this key: give the new root key with --root-key FILE',
        )
      return withRoots(claims, [key], 'root')
    },
    more,
  )
  return list
}

/** Puts the new root key in the place of the old one, once its list was given: the old one is gone. */
export function settleRootKey(stateDir: string): void {
  const next = join(stateDir, `${ROOT_FILES.key}.next`)
  if (!existsSync(next)) return
  renameSync(next, join(stateDir, ROOT_FILES.key))
  syncFolderSync(stateDir)
}

/**
 * Makes the state dir of another master believe the root of this list, which has to have its key; a root of its own is set aside as
 * root.key.unused. No daemon may run there.
 */
export async function adoptList(stateDir: string, bytes: Uint8Array): Promise<TrustList> {
  const list = provedTrustList(bytes, parseTrustList(bytes).roots)
  const { publicKey } = await openSigningKey(stateDir)
  if (!list.signers.some(({ key }) => key.equals(publicKey)))
    throw new KeyActionError(
      'the list does not have the signing key of this master: certify it first, with what kickback keys request prints here',
    )
  const own = join(stateDir, ROOT_FILES.key)
  if (existsSync(own) && !list.roots.some((root) => root.equals(publicKeyOf(publicPem(openRootKey(own))))))
    renameSync(own, `${own}.unused`)
  keepForMaster(stateDir, list)
  return list
}

/** Keeps a list in the state dir of a master that does not run. */
export function keepForMaster(stateDir: string, list: TrustList): void {
  keepBridge(stateDir, extendedBridge(bridgeIn(stateDir), listIn(stateDir), [list]))
  keepList(stateDir, list)
  const [root] = list.roots
  if (root !== undefined) keepRoot(stateDir, root)
}

/** The list that says something else, signed by the root key, and by these too. */
function changed(
  { stateDir, rootKey, now }: KeyPlace,
  change: (claims: TrustClaims) => TrustClaims,
  more: readonly KeyObject[] = [],
): TrustList {
  const list = ownList(stateDir)
  const file = rootKey ?? join(stateDir, ROOT_FILES.key)
  if (!existsSync(file))
    throw new KeyActionError(
      `the root key is not at ${file}: give its file with --root-key FILE, or do this on the master that has it`,
    )
  const root = openRootKey(file)
  if (!list.roots.some((one) => one.equals(publicKeyOf(publicPem(root)))))
    throw new KeyActionError(`${file} is not a root key of trust list ${list.number}`)
  return signedTrustList({ ...change(list), number: nextTrustNumber(list, now) }, [root, ...more])
}

function ownList(stateDir: string): TrustList {
  const list = listIn(stateDir)
  if (list === undefined)
    throw new KeyActionError(
      `there is no trust list in ${stateDir}: start kickback.service on this master, which makes one`,
    )
  return list
}

/** The name and the key of the master of a state dir, as the list has them. */
function ownSigner(stateDir: string): { readonly name: string; readonly key: KeyObject } {
  const key = publicKeyOf(publicPem(readKey(join(stateDir, 'signing.key'), privateKeyOf)))
  const own = ownList(stateDir).signers.find((one) => one.key.equals(key))
  if (own === undefined)
    throw new KeyActionError('the list does not have the signing key of this master: kickback keys certify adds it')
  return own
}
