/** The changes of what a trust list says: keys of a master are certified or withdrawn, and roots follow each other. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark } from '../snapshot/signing.ts'
import { LINES_MAX } from './lines.ts'
import { type RevokedKey, type TrustContent, TrustListError } from './list.ts'

/** What a list says beside its number. */
export type TrustClaims = Omit<TrustContent, 'number'>

/** The keys of one master, to be certified. */
interface MasterKeys {
  readonly name: string
  readonly signing: KeyObject
  /** Its authority's certificate in DER; undefined if it has none. */
  readonly authority: Uint8Array | undefined
}

/** What a list says once these keys are certified too; keys that are listed keep their place and name. Throws if one was revoked. */
export function certified(claims: TrustClaims, { name, signing, authority }: MasterKeys): TrustClaims {
  const mark = hex(keyMark(signing))
  if (isRevoked(claims, mark))
    throw refused(`the key ${mark} was revoked: a master whose key was revoked needs a new one`)
  const hasKey = claims.signers.some(({ key }) => key.equals(signing))
  const hasAuthority =
    authority === undefined || claims.authorities.some(({ certificate }) => Buffer.from(certificate).equals(authority))
  return {
    ...claims,
    signers: hasKey ? claims.signers : [...claims.signers, { key: signing, name }],
    authorities: hasAuthority ? claims.authorities : [...claims.authorities, { certificate: authority, name }],
  }
}

/** What a list says once the master of this name has no keys any more. Throws if it names no such master. */
export function withoutMaster(claims: TrustClaims, name: string): TrustClaims {
  const gone = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
    all.filter((one) => one.name === name)
  const marks = [
    ...gone(claims.signers).map(({ key }) => hex(keyMark(key))),
    ...gone(claims.authorities).map(({ certificate }) => certificateMark(certificate)),
  ]
  if (marks.length === 0) {
    const names = [...new Set([...claims.signers, ...claims.authorities].map((one) => one.name))]
    throw refused(`the list has no master ${name}: it has ${names.length === 0 ? 'none' : names.join(', ')}`)
  }
  return {
    ...claims,
    signers: claims.signers.filter((one) => one.name !== name),
    authorities: claims.authorities.filter((one) => one.name !== name),
    revoked: withRevoked(claims.revoked, marks, name),
  }
}

/** What a list says once this signing key is no longer in use. */
export function withoutSigner(claims: TrustClaims, signing: KeyObject): TrustClaims {
  const gone = claims.signers.find(({ key }) => key.equals(signing))
  if (gone === undefined) return claims
  return {
    ...claims,
    signers: claims.signers.filter((one) => one !== gone),
    revoked: withRevoked(claims.revoked, [hex(keyMark(signing))], gone.name),
  }
}

/** What a list says with these roots, the first choice first. A root that is left out is revoked, under this name. */
export function withRoots(claims: TrustClaims, roots: readonly KeyObject[], name: string): TrustClaims {
  const gone = claims.roots.filter((root) => !roots.some((one) => one.equals(root)))
  return {
    ...claims,
    roots,
    revoked: withRevoked(
      claims.revoked,
      gone.map((root) => hex(keyMark(root))),
      name,
    ),
  }
}

/** Whether the key with this mark, in hex, was withdrawn. */
function isRevoked({ revoked }: Pick<TrustContent, 'revoked'>, mark: string): boolean {
  return revoked.some((one) => one.mark === mark)
}

/** The mark of the key of a certificate in hex; of what is none, that of its bytes. */
export function certificateMark(certificate: Uint8Array): string {
  try {
    return hex(keyMark(new X509Certificate(certificate).publicKey))
  } catch {
    return hex(createHash('sha256').update(certificate).digest().subarray(0, 16))
  }
}

/** The oldest marks are left out where there are too many: they are for people alone. */
function withRevoked(revoked: readonly RevokedKey[], marks: readonly string[], name: string): readonly RevokedKey[] {
  return [...revoked, ...marks.map((mark) => ({ mark, name }))].slice(-LINES_MAX)
}

function refused(message: string): TrustListError {
  return new TrustListError('format', message)
}
