/** The trust list in a state dir, and the mark of the key that it was proved by first. */
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trust } from '../../kickback/index.ts'
import { keyMark, parseTrustList, provedTrustList, type TrustList, TrustListError } from '../../resolver/index.ts'
import { hex, type Log, messageOf, removeWholeSync, systemErrorCode, writeWholeSync } from '../../values/index.ts'

/** The file of the list; and the one that says which `key` a node had when it began to follow lists, as the mark of the key in hex. */
const [LIST, KEY] = ['trust', 'trust.key']

/** The list in a state dir, unproved; undefined if there is none. Throws TrustListError, and the system's error. */
export function listIn(stateDir: string): TrustList | undefined {
  const bytes = fileIn(stateDir, LIST)
  return bytes && parseTrustList(bytes)
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
