/** The trust list in a state dir, and the mark of the key that it was proved by first. */
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trust } from '../../kickback/index.ts'
import {
  type Bridge,
  bridgeBytes,
  keyMark,
  parseBridge,
  parseTrustList,
  provedTrustList,
  type TrustList,
  TrustListError,
} from '../../resolver/index.ts'
import { hex, type Log, messageOf, removeWholeSync, systemErrorCode, writeWholeSync } from '../../values/index.ts'
import { keepRoot, ROOT_FILES, rootIn } from './root-key.ts'

/**
 * The file of the list; that of the lists which lead to it from earlier roots, on a master; and the one that says which `key` a node had when it began
 * to follow lists, as the mark of the key in hex.
 */
const [LIST, BRIDGE, KEY] = ['trust', 'trust.bridge', 'trust.key']

/** The list in a state dir, unproved; undefined if there is none. Throws TrustListError, and the system's error. */
export function listIn(stateDir: string): TrustList | undefined {
  const bytes = fileIn(stateDir, LIST)
  return bytes && parseTrustList(bytes)
}

/** The lists in a state dir that lead from earlier roots to its list, unproved; there may be none. Throws TrustListError, and the system's error. */
export function bridgeIn(stateDir: string): Bridge {
  const bytes = fileIn(stateDir, BRIDGE)
  return bytes === undefined ? [] : parseBridge(bytes)
}

/** Keeps them there, for good. */
export function keepBridge(stateDir: string, bridge: Bridge): void {
  if (bridge.length > 0) writeWholeSync(join(stateDir, BRIDGE), bridgeBytes(bridge), { mode: 0o644 })
  else removeWholeSync(join(stateDir, BRIDGE))
}

/** Keeps a list in a state dir, for good. Everyone may read it: it has no secret. */
export function keepList(stateDir: string, { bytes }: Pick<TrustList, 'bytes'>): void {
  writeWholeSync(join(stateDir, LIST), bytes, { mode: 0o644 })
}

/**
 * What a node believes: its key, and the list of its state dir, if this key proves it, or it was kept while the node had this key. With
 * another key nothing of before counts. What can't be read is logged, and does not count. Newer lists are kept there.
 */
export function nodeTrust(key: KeyObject | undefined, stateDir: string, log: Pick<Log, 'warn'>): Trust {
  const list = key && keptList(key, stateDir, log)
  if (key !== undefined && list !== undefined && !list.roots.some((root) => root.equals(key)))
    log.warn(
      { file: join(stateDir, ROOT_FILES.pub) },
      'the key that this node was set up with is of a root that was replaced: the trust list in the state dir counts; copy this file to where the setting key says, so that the node finds its way without that list too',
    )
  const keep = (newer: TrustList): void => {
    try {
      if (key !== undefined) keepFor(key, stateDir, newer)
    } catch (error) {
      // A full disk is no reason to believe a key that was withdrawn, or to leave a master.
      const fields = { file: join(stateDir, LIST), reason: messageOf(error) }
      log.warn(
        fields,
        'cannot keep the trust list: after a restart the one before counts until a master gives it again',
      )
    }
  }
  return new Trust({ key, list, keep })
}

/**
 * What a program believes that follows no master itself: the key, or what a list of these folders lists that counts for it. The list is read
 * again where a header is not proved, since a daemon may keep a newer one.
 */
export function readTrust(key: KeyObject | undefined, folders: readonly string[]): Pick<Trust, 'proves'> {
  const read = (): readonly Trust[] => {
    const lists = key === undefined ? [] : folders.map((folder) => keptList(key, folder, { warn: () => {} }))
    const found = lists.filter((list) => list !== undefined)
    return found.length === 0 ? [new Trust({ key })] : found.map((list) => new Trust({ key, list }))
  }
  let all = read()
  return {
    proves: (header) => {
      if (all.some((trust) => trust.proves(header))) return true
      all = read()
      return all.some((trust) => trust.proves(header))
    },
  }
}

/** The list of a state dir that counts for this key; undefined if none does. */
function keptList(key: KeyObject, stateDir: string, log: Pick<Log, 'warn'>): TrustList | undefined {
  try {
    const bytes = fileIn(stateDir, LIST)
    if (bytes === undefined) return undefined
    return isKeptFor(key, stateDir) ? parseTrustList(bytes) : provedTrustList(bytes, [key])
  } catch (error) {
    const isOther = error instanceof TrustListError && error.code === 'unproved'
    if (!isOther)
      log.warn({ file: join(stateDir, LIST), reason: messageOf(error) }, 'the kept trust list does not count')
    return undefined
  }
}

/** The old list goes before the new mark comes: no crash leaves a list beside the mark of another key. */
function keepFor(key: KeyObject, stateDir: string, list: TrustList): void {
  if (!isKeptFor(key, stateDir)) {
    removeWholeSync(join(stateDir, LIST))
    writeWholeSync(join(stateDir, KEY), Buffer.from(`${hex(keyMark(key))}\n`), { mode: 0o644 })
  }
  keepList(stateDir, list)
  const [root] = list.roots
  if (root !== undefined && !rootIn(stateDir)?.equals(root)) keepRoot(stateDir, root)
}

function isKeptFor(key: KeyObject, stateDir: string): boolean {
  return fileIn(stateDir, KEY)?.toString('latin1').trim() === hex(keyMark(key))
}

function fileIn(stateDir: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(stateDir, name))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
