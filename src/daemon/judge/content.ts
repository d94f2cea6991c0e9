/** What is believed of the content of a snapshot: only what the key proves, and what makes nobody root. */
import type { FileHandle } from 'node:fs/promises'
import { readExcerpt, type Trust, UntrustedError } from '../../kickback/index.ts'
import {
  DATABASES,
  type DatabaseName,
  groupId,
  type Header,
  layout,
  newRecords,
  SectionsProof,
  Snapshot,
  SnapshotError,
  userIds,
  withState,
  ZONE_SECTIONS,
} from '../../resolver/index.ts'
import { each, inTurns, type Steps } from '../../values/index.ts'

/** (uid_t) -1 means "no id" to chown(2) and setreuid(2). */
const NO_ID = 0xffffffff

/** Believes the header of anybody: the bytes are proved whole then, and no more. */
export const ANYBODY: Pick<Trust, 'proves'> = { proves: () => true }

/** How many bytes are digested before others have their turn. */
const BYTES = 1024 * 1024

/**
 * The bytes as a public snapshot that may be taken. Throws UntrustedError if they are damaged, not signed by the key, or
 * hold an id that no master may give. Look-ups are answered meanwhile, however large it is.
 * The state word, which nothing proves and which is each machine's own, is put to 0 in the bytes.
 */
export async function trusted(bytes: Uint8Array, trust: Pick<Trust, 'proves'>): Promise<Snapshot> {
  const snapshot = await proved(bytes, trust)
  await inTurns(idCheck(snapshot))
  return snapshot
}

/** The same for who gives nobody an id. */
export async function proved(bytes: Uint8Array, trust: Pick<Trust, 'proves'>): Promise<Snapshot> {
  const snapshot = opened(bytes)
  withState(bytes, 0)
  believe(snapshot.header, trust)
  await inTurns(proof(snapshot))
  return snapshot
}

/**
 * The sections of the public snapshot in an open file that DNS needs: the zones, and who may ask. Only these are read. A section that `before`, the excerpt of an
 * earlier generation, has with the same digest is taken from there. Rejects with UntrustedError if what is read is damaged or not signed by the key, and with the system's error.
 */
export async function zonesIn(file: FileHandle, trust: Pick<Trust, 'proves'>, before?: Snapshot): Promise<Snapshot> {
  try {
    return await readExcerpt(file, { ids: ZONE_SECTIONS, before, believe: (header: Header) => believe(header, trust) })
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new UntrustedError(`it is damaged: ${error.message}`, { cause: error })
  }
}

function believe(header: Header, trust: Pick<Trust, 'proves'>): void {
  if (header.kind !== layout.KINDS.PUBLIC) throw new UntrustedError('it is not a public snapshot')
  if (!trust.proves(header)) throw new UntrustedError("it is not signed by the cluster's key")
}

function opened(bytes: Uint8Array): Snapshot {
  try {
    return Snapshot.open(bytes)
  } catch (error) {
    throw new UntrustedError(`it is damaged: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * The bytes of a snapshot whose content was proved already, as one that may be taken. Throws UntrustedError if it holds an id
 * that no master may give. The records of `held`, which was checked, are not looked at again.
 */
export async function checked(bytes: Uint8Array, held?: Snapshot): Promise<Snapshot> {
  const snapshot = opened(bytes)
  withState(bytes, 0)
  if (snapshot.kind !== layout.KINDS.PUBLIC) throw new UntrustedError('it is not a public snapshot')
  await inTurns(idCheck(snapshot, held))
  return snapshot
}

/** Proves the content by its digests, in steps. */
function* proof({ header, bytes }: Snapshot): Steps<void> {
  const proof = new SectionsProof(header)
  for (let at = 0; at < bytes.length; at += BYTES) {
    try {
      proof.take(bytes.subarray(at, at + BYTES))
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      throw new UntrustedError(`it is damaged: ${error.message}`, { cause: error })
    }
    yield
  }
}

/** Looks for ids that no master may give, to whomever: root's, and the one that means "no id" to the system. */
function* idCheck(snapshot: Snapshot, held?: Snapshot): Steps<void> {
  yield* each(recordsToCheck('passwd', snapshot, held), (record) => {
    const { uid, gid } = userIds(record)
    if (isForbidden(uid)) throw new UntrustedError(`it has a user with uid ${uid}, which a master must not give`)
    if (isForbidden(gid))
      throw new UntrustedError(`it has a user of group ${gid}, which a master must not give: uid ${uid}`)
  })
  yield* each(recordsToCheck('group', snapshot, held), (record) => {
    const gid = groupId(record)
    if (isForbidden(gid)) throw new UntrustedError(`it has a group with gid ${gid}, which a master must not give`)
  })
  yield* each(recordsToCheck('initgroups', snapshot, held), (record) => {
    const gid = DATABASES.initgroups.decode(record).gids.find(isForbidden)
    if (gid !== undefined) throw new UntrustedError(`it puts a user into group ${gid}, which a master must not do`)
  })
}

function* recordsToCheck(
  database: DatabaseName,
  snapshot: Snapshot,
  held: Snapshot | undefined,
): Generator<Uint8Array, void, undefined> {
  if (held !== undefined) yield* newRecords(held, snapshot, database)
  else for (const { record } of snapshot.records(database)) yield record
}

const isForbidden = (id: number): boolean => id === 0 || id === NO_ID
