// Whatever a cluster holds, what comes over a socket is what the snapshot itself answers.
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { KickbackClient, LookupKey } from '../../src/kickback/node/client.ts'
import { fetchSnapshot } from '../../src/kickback/node/transfer.ts'
import {
  answer,
  buildPublic,
  type DatabaseName,
  type Key,
  layout,
  type PublicContents,
  Snapshot,
  stamp,
} from '../../src/resolver/index.ts'
import { publicContents } from '../resolver/contents.ts'
import { client, folder, server } from './cluster.ts'

const COMPLETE = new Set(['passwd', 'group', 'initgroups', 'hosts', 'ethers', 'netgroup'] as const)
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** A text that is what its UTF-8 bytes say. */
function asText(name: string): string | undefined {
  const bytes = Buffer.from(name, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}

/** Every key of these contents and some that they lack, as both sides ask them. */
function questions(contents: PublicContents): [DatabaseName, Key, LookupKey][] {
  const asked: [DatabaseName, Key, LookupKey][] = []
  const byName = (db: DatabaseName, name: string): void => {
    const text = asText(name)
    if (text !== undefined) asked.push([db, { name }, text])
    if (db !== 'hosts' && db !== 'ethers') asked.push([db, { name }, latin1(name)])
  }
  for (const db of ['passwd', 'group', 'netgroup', 'initgroups'] as const) {
    for (const { name } of [...contents[db], { name: 'absent' }]) byName(db, name)
  }
  for (const { names, addresses } of contents.hosts) {
    for (const name of names) for (const db of ['hosts', 'ethers'] as const) byName(db, name)
    for (const { bytes } of addresses) asked.push(['hosts', { address: bytes }, bytes])
  }
  for (const { names, number } of contents.networks) {
    for (const name of names) byName('networks', name)
    asked.push(['networks', { id: number }, number])
  }
  for (const { mac } of contents.ethers) asked.push(['ethers', { mac }, mac])
  for (const id of [...contents.passwd.map(({ uid }) => uid), ...contents.group.map(({ gid }) => gid), 77]) {
    asked.push(['passwd', { id }, id], ['group', { id }, id])
  }
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
  for (const db of COMPLETE) {
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
        const contents: PublicContents = { ...drawn, complete: COMPLETE }
        const bytes = buildPublic(contents)
        stamp(bytes, { generation: ++generation })
        const snapshot = Snapshot.open(bytes)
        served.publish(snapshot)
        for (const asker of askers) await agree(asker, snapshot, contents)
      }),
      { numRuns: 150 },
    )
    t.ok(generation > 100)
  },
)
