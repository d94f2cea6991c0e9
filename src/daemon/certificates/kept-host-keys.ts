/** The ssh host keys of nodes in the state dir of a master: a file for each node, so that a change costs what it changes. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HostKeys, type KeptHostKey, type NodeHostKeys } from '../../resolver/index.ts'
import { messageOf, systemErrorCode, writeWholeSync } from '../../values/index.ts'

/** What the folder is called, and the files in it: the numbers of nodes. */
export const HOST_KEYS_FOLDER = 'host-keys'
export const HOST_KEYS_FILE = /^(?:0|[1-9]\d{0,9})$/

/** Those of a node; none where there are none. Throws HostKeysError, with the file, and the system's error. */
export function hostKeysIn(stateDir: string, node: number): HostKeys {
  const file = join(stateDir, HOST_KEYS_FOLDER, String(node))
  try {
    return HostKeys.parse(readFileSync(file))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return new HostKeys()
    throw error
  }
}

/** Keeps them, whole or not at all; undefined: forgets them. Throws the system's error. */
export function keepHostKeys(stateDir: string, node: number, keys: HostKeys | undefined): void {
  const folder = join(stateDir, HOST_KEYS_FOLDER)
  const file = join(folder, String(node))
  if (keys === undefined) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeWholeSync(file, keys.text, { mode: 0o600 })
}

/** What a state dir has of all nodes. */
interface AllHostKeys {
  /** By the numbers of the nodes, in their order. */
  readonly nodes: readonly NodeHostKeys[]
  /** What cannot be read, in words. */
  readonly faults: readonly string[]
}

/** The keys of all nodes. A damaged file costs its node alone. Throws the system's error. */
export function allHostKeysIn(stateDir: string): AllHostKeys {
  const nodes: { node: number; keys: readonly KeptHostKey[] }[] = []
  const faults: string[] = []
  for (const node of nodesIn(stateDir)) {
    try {
      nodes.push({ node, keys: hostKeysIn(stateDir, node).all })
    } catch (error) {
      faults.push(`${join(stateDir, HOST_KEYS_FOLDER, String(node))}: ${messageOf(error)}`)
    }
  }
  return { nodes, faults }
}

/** The numbers of the nodes of whom something is kept, in their order. Throws the system's error. */
export function nodesIn(stateDir: string): number[] {
  try {
    const names = readdirSync(join(stateDir, HOST_KEYS_FOLDER)).filter((name) => HOST_KEYS_FILE.test(name))
    return names.map(Number).sort((a, b) => a - b)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}
