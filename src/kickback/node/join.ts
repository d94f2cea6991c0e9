/** How a node that was told a join token learns the public key of its cluster. */
import { type KeyObject, randomBytes } from 'node:crypto'
import { publicKeyOfDer } from '../../resolver/index.ts'
import { isSameMac, joinTokenId, masterProof, nodeProof } from '../wire/join.ts'
import { NONCE_BYTES } from '../wire/protocol.ts'
import type { KickbackClient } from './client.ts'
import { UntrustedError } from './trust.ts'

/**
 * Asks a master for the public key, once: the token is used up. Throws ServiceError (`token`: unknown, used or too old), and
 * UntrustedError if who answered does not have the token, or gave something that is no key.
 */
export async function joinedKey(client: Pick<KickbackClient, 'ask'>, token: Uint8Array): Promise<KeyObject> {
  const nonce = randomBytes(NONCE_BYTES)
  const { key, proof } = await client.ask('JOIN', {
    token: joinTokenId(token),
    nonce,
    proof: nodeProof(token, nonce),
    lists: true,
  })
  if (!isSameMac(masterProof(token, nonce, key), proof)) {
    throw new UntrustedError(
      'who answered does not have the token: it is not the master, or somebody changed the answer on the way',
    )
  }
  try {
    return publicKeyOfDer(key)
  } catch (error) {
    throw new UntrustedError('what the master gave is no Ed25519 key', { cause: error })
  }
}
