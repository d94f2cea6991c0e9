/** The keys of nodes in the state dir of a master: what was approved and revoked survives a restart. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NodeKeys } from '../../resolver/index.ts'
import { systemErrorCode, writeWholeSync } from '../../values/index.ts'

/** What the file is called. */
const FILE = 'node-keys'

/** Those of a state dir. Throws NodeKeysError and the system's error: without them nobody knows what was revoked. */
export function nodeKeysIn(stateDir: string): NodeKeys {
  try {
    return NodeKeys.parse(readFileSync(join(stateDir, FILE)))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return new NodeKeys()
    throw error
  }
}

/** Keeps them, whole or not at all. Throws the system's error. */
export function keepNodeKeys(stateDir: string, keys: NodeKeys): void {
  writeWholeSync(join(stateDir, FILE), keys.text, { mode: 0o600 })
}
