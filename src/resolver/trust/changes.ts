/** The changes of what a trust list says: keys of a master are certified or withdrawn, and roots follow each other. */
import type { KeyObject } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark } from '../snapshot/signing.ts'
import { type TrustContent, TrustListError } from './list.ts'

/** What a list says beside its number. */
type TrustClaims = Omit<TrustContent, 'number'>

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

/** Whether the key with this mark, in hex, was withdrawn. */
function isRevoked({ revoked }: Pick<TrustContent, 'revoked'>, mark: string): boolean {
  return revoked.some((one) => one.mark === mark)
}

function refused(message: string): TrustListError {
  return new TrustListError('format', message)
}
