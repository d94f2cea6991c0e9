/** Run dirs as a daemon of this machine would leave them, for tests of the C module. */
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PublicContents, ShadowContents } from '../../src/resolver/databases/contents.ts'
import { buildPublic, buildShadow, layout, stamp } from '../../src/resolver/index.ts'

/** A folder with snapshots in it, under the system's folder for temporary files. */
export class RunDir {
  readonly path: string
  #generation = 0
  /** The published public file, open for writing its state word. */
  #published: number | undefined

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'kickback-nss-'))
  }

  /** Publishes these contents as the next generation, as docs/snapshot.md says; `granted`: shadow was granted here. */
  publish(contents: PublicContents, granted = false): Uint8Array {
    const bytes = buildPublic(contents)
    stamp(bytes, { generation: ++this.#generation })
    this.publishBytes(bytes, granted ? layout.STATE_SHADOW_GRANTED : 0)
    return bytes
  }

  /** Publishes a snapshot with what this machine says of ids: the floors, and the ids below that are given even so. */
  publishWithIds(bytes: Uint8Array, uids: MachineIds, gids: MachineIds): void {
    this.publishBytes(withIds(bytes, uids, gids))
  }

  /** Publishes any bytes; a state word other than 0 is written into them. */
  publishBytes(bytes: Uint8Array, state = 0): void {
    if (state !== 0) new DataView(bytes.buffer, bytes.byteOffset).setUint32(layout.HEADER.at.state, state, true)
    const fd = written(join(this.path, 'snapshot.1'), bytes, 0o644)
    if (this.#published !== undefined) {
      writeSync(this.#published, Uint8Array.of(layout.STATES.SUPERSEDED), 0, 1, layout.HEADER.at.state)
      closeSync(this.#published)
    }
    this.#published = fd
  }

  /** Writes private/shadow.1. */
  publishShadow(contents: ShadowContents): Uint8Array {
    const bytes = buildShadow(contents)
    stamp(bytes, { generation: this.#generation })
    this.publishShadowBytes(bytes)
    return bytes
  }

  /** Writes any bytes as private/shadow.1. */
  publishShadowBytes(bytes: Uint8Array): void {
    mkdirSync(join(this.path, 'private'), { recursive: true, mode: 0o750 })
    closeSync(written(join(this.path, 'private/shadow.1'), bytes, 0o640))
  }

  /** Removes the folder. */
  remove(): void {
    if (this.#published !== undefined) closeSync(this.#published)
    this.#published = undefined
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** What a machine says of one kind of id. */
export interface MachineIds {
  readonly floor: number
  readonly exceptions: readonly number[]
}

/** The bytes of a snapshot file with what the machine says of ids. */
export function withIds(snapshot: Uint8Array, uids: MachineIds, gids: MachineIds): Uint8Array {
  const exceptions = [...uids.exceptions, ...gids.exceptions]
  const file = Buffer.alloc(snapshot.length + 4 * exceptions.length)
  file.set(snapshot)
  file.writeUInt32LE(uids.floor, layout.HEADER.at.uid_floor)
  file.writeUInt32LE(gids.floor, layout.HEADER.at.gid_floor)
  file.writeUInt32LE(uids.exceptions.length, layout.HEADER.at.uid_exceptions)
  file.writeUInt32LE(gids.exceptions.length, layout.HEADER.at.gid_exceptions)
  for (const [i, id] of exceptions.entries()) file.writeUInt32LE(id, snapshot.length + 4 * i)
  return file
}

/** Writes a file whole, by rename; the file stays open. */
function written(path: string, bytes: Uint8Array, mode: number): number {
  const fd = openSync(`${path}.new`, 'w+', mode)
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  fsyncSync(fd)
  renameSync(`${path}.new`, path)
  return fd
}
