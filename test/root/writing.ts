// Run on a machine with a tmpfs of 1 MiB (first argument) and one of 8 MiB (second): writes there, and prints what it saw as JSON.
import { openSync, readdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { readSnapshot } from '../../src/kickback/files/folders.ts'
import { replaceFile } from '../../src/kickback/files/replacement.ts'
import { SnapshotWriter } from '../../src/kickback/files/snapshot-writer.ts'
import { hurried } from '../clocks.ts'
import { logOf, publicSnapshot } from '../kickback/cluster.ts'

const [small = '', large = ''] = process.argv.slice(2)
const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid }

const fileIn = (folder: string): string => join(folder, 'snapshot.1')
const generationIn = async (folder: string): Promise<number | undefined> =>
  (await readSnapshot(fileIn(folder))).snapshot?.generation

/** A snapshot that fits, one that does not, and one that fits again. */
async function fullDisk(): Promise<object> {
  const seen: object[] = []
  for (const [generation, users] of [
    [1, 2000],
    [2, 9000],
    [3, 10],
  ] as const) {
    const snapshot = publicSnapshot(generation, users)
    const error = await replaceFile(fileIn(small), snapshot.bytes, options).then(
      () => undefined,
      (failure: Error) => failure.message,
    )
    seen.push({ bytes: snapshot.bytes.length, error, there: await generationIn(small), files: readdirSync(small) })
  }
  return { seen }
}

/** Many generations, each mapped for ever by somebody who is idle. */
async function idleReaders(): Promise<object> {
  const lines: string[] = []
  const writer = new SnapshotWriter({ ...options, paths: [fileIn(large)], clock: hurried, log: logOf(lines) })
  let most = 0
  const { length } = publicSnapshot(1, 8000).bytes
  for (let generation = 1; generation <= 50; generation++) {
    await writer.write(publicSnapshot(generation, 8000))
    openSync(fileIn(large), 'r')
    const { blocks, bfree, bsize } = statfsSync(large)
    most = Math.max(most, (blocks - bfree) * bsize)
  }
  const there = await generationIn(large)
  await writer.close()
  return { there, snapshots: most / length, lines }
}

process.stdout.write(JSON.stringify({ ...(await fullDisk()), ...(await idleReaders()) }))
process.exit(0)
