/** How a node that was told a join token learns the public key of its cluster. */
import { type KeyObject, randomBytes } from 'node:crypto'
import { publicKeyOfDer } from '../../resolver/index.ts'
import { isSameMac, joinTokenId, masterProof, nodeProof } from '../wire/join.ts'
import { NONCE_BYTES } from '../wire/protocol.ts'
import type { KickbackClient } from './client.ts'
import { UntrustedError } from './trust.ts'

/** What a master gave for a token. */
interface JoinedKey {
  /** The public key of the cluster, which is proved. */
  readonly key: KeyObject
  /** The node that the master let the key of this machine in for, as it says; undefined if it did not. */
  readonly node: number | undefined
}

/**
 * Asks a master for the public key, once: the token is used up. `nodeKey` is the mark of the key of this node (MARK_BYTES), which is to be let in;
 * only a master that has TLS understands it. Throws ServiceError (`token`: unknown, used or too old), and
 * UntrustedError if who answered does not have the token, or gave something that is no key.
 */
export async function joinedKey(
  client: Pick<KickbackClient, 'ask'>,
  token: Uint8Array,
  nodeKey?: Uint8Array,
): Promise<JoinedKey> {
  const nonce = randomBytes(NONCE_BYTES)
  const { key, proof, node } = await client.ask('JOIN', {
    token: joinTokenId(token),
    nonce,
    proof: nodeProof(token, nonce, nodeKey),
    lists: true,
    ...(nodeKey && { node_key: nodeKey }),
  })
  if (!isSameMac(masterProof(token, nonce, key), proof)) {
    throw new UntrustedError(
      'who answered does not have the token: it is not the master, or somebody changed the answer on the way',
    )
  }
  try {
    return { key: publicKeyOfDer(key), node }
  } catch (error) {
    throw new UntrustedError('what the master gave is no Ed25519 key', { cause: error })
  }
}
