// Whatever a cluster holds, what comes over a socket is what the snapshot itself answers.
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { KickbackClient, LookupKey } from '../../src/kickback/node/client.ts'
import { PUBLIC_DATABASES, type PublicContents, type PublicDatabase } from '../../src/resolver/databases/contents.ts'
import type { Database } from '../../src/resolver/databases/database.ts'
import {
  answer,
  buildPublic,
  DATABASES,
  type DatabaseName,
  type Entries,
  type Key,
  layout,
  Snapshot,
  stamp,
} from '../../src/resolver/index.ts'
import type { KeyType } from '../../src/resolver/records/keys.ts'
import { folder } from '../folder.ts'
import { publicContents } from '../resolver/contents.ts'
import { client, server } from './cluster.ts'
import { fetchSnapshot } from './fetch.ts'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** A text that is what its UTF-8 bytes say. */
function asText(name: string): string | undefined {
  const bytes = Buffer.from(name, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}

/** The keys by which the entries of a database are found, of one type. */
function keysOf<D extends PublicDatabase>(contents: PublicContents, database: D, type: KeyType): readonly string[] {
  const keys: Database<Entries[D]>['keys'] = DATABASES[database].keys
  const entries = contents[database] as unknown as readonly Entries[D][]
  return entries.flatMap((entry) =>
    type === 'name'
      ? keys.name(entry)
      : (keys[type]?.of(entry) ?? []).map((key) => Buffer.from(key).toString('latin1')),
  )
}

/** Every key of these contents and some that they lack, as both sides ask them. */
function questions(contents: PublicContents): [DatabaseName, Key, LookupKey][] {
  const asked: [DatabaseName, Key, LookupKey][] = []
  const byName = (db: DatabaseName, name: string): void => {
    const text = asText(name)
    if (text !== undefined) asked.push([db, { name }, text])
    if (db !== 'hosts' && db !== 'ethers') asked.push([db, { name }, latin1(name)])
  }
  for (const db of PUBLIC_DATABASES) {
    for (const name of ['absent', ...keysOf(contents, db, 'name')]) byName(db, name)
    for (const key of keysOf(contents, db, 'id')) {
      const id = Buffer.from(key, 'latin1').readUInt32LE()
      asked.push([db, { id }, id])
    }
    for (const address of keysOf(contents, db, 'address').map(latin1)) asked.push([db, { address }, address])
    for (const mac of keysOf(contents, db, 'mac').map(latin1)) asked.push([db, { mac }, mac])
  }
  for (const { names } of contents.hosts) {
    for (const name of names) for (const db of ['hosts', 'ethers'] as const) byName(db, name)
  }
  for (const id of [...contents.passwd.map(({ uid }) => uid), 77])
    asked.push(['passwd', { id }, id], ['group', { id }, id])
  for (const name of ['.5', 'n0007', 'absent.cluster.internal']) byName('hosts', name)
  return asked
}

const isOwn = (db: DatabaseName, key: Key): boolean =>
  db === 'hosts' && 'name' in key && /^(master|self|[.n]-[12])\.?$/i.test(key.name)

async function agree(asker: KickbackClient, snapshot: Snapshot, contents: PublicContents): Promise<void> {
  const asked = questions(contents).filter(([db, key]) => !isOwn(db, key))
  const answers = await Promise.all(asked.map(([db, , key]) => asker.lookup(db, key)))
  asked.forEach(([db, key], i) => {
    const expected = answer(snapshot, db, key)
    const came = answers[i]
    if (expected === undefined ? came !== undefined : came === undefined || !Buffer.from(expected).equals(came)) {
      throw new Error(`${db} ${JSON.stringify(key)}: ${came && Buffer.from(came).toString('hex')}`)
    }
  })
  for (const db of PUBLIC_DATABASES) {
    const records = await asker.list(db)
    const expected = Array.from(snapshot.records(db), ({ record }) => record)
    if (!Buffer.concat(records).equals(Buffer.concat(expected))) throw new Error(`${db} is listed otherwise`)
  }
  if (!Buffer.from(snapshot.bytes).equals(await fetchSnapshot(asker, layout.KINDS.PUBLIC))) throw new Error('bytes')
}

t.test(
  "every question has the snapshot's own answer, over Unix sockets and TCP, generation after generation",
  async (t) => {
    const served = server(t)
    const askers = [
      await client(t, await served.listen('local', { path: join(folder(t), 'socket') })),
      await client(t, await served.listen('network', { host: '127.0.0.1', port: 0 })),
    ]
    let generation = 1
    await fc.assert(
      fc.asyncProperty(publicContents, async (drawn) => {
        const contents: PublicContents = { ...drawn, complete: new Set(PUBLIC_DATABASES) }
        const bytes = buildPublic(contents)
        stamp(bytes, { generation: ++generation })
        const snapshot = Snapshot.open(bytes)
        served.serve(snapshot)
        for (const asker of askers) await agree(asker, snapshot, contents)
      }),
      { numRuns: 150 },
    )
    t.ok(generation > 100)
  },
)
