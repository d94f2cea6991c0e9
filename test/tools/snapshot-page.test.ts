import { readFileSync } from 'node:fs'
import t from 'tap'
import { exampleBytes } from '../../tools/snapshot-page.ts'
import { Reader } from '../resolver/stranger.ts'

const PAGE = readFileSync(new URL('../../docs/snapshot.md', import.meta.url), 'utf8')

t.test('a reader that knows the page alone reads the page’s example', async (t) => {
  const reader = new Reader(PAGE)
  t.same(reader.bytes, Buffer.from(exampleBytes()), 'the dump is the file')
  t.ok(reader.digestFits())
  t.ok(reader.sectionsFit())
  const user = reader.find('passwd', 'users', 'passwd by id', Buffer.of(0xe8, 3, 0, 0))
  t.same([user?.number('uid'), user?.number('gid')], [1000, 1000])
  t.equal(user?.string(0), 'ann')
  t.equal(user?.string(user.number('shell')), '/bin/sh')
  const host = reader.find('host', 'masters, hosts', 'hosts by name', Buffer.from('n0'))
  t.equal(host?.number('kind'), 3)
  const ether = reader.find('ether', 'MACs', 'ethers by mac', Buffer.from('00a0d1e5c46e', 'hex'))
  t.equal(ether?.string(0), 'n0')
  t.equal(reader.find('host', 'masters, hosts', 'hosts by name', Buffer.from('n1')), undefined)
})

t.test('that reader’s hash gives the page’s values', async (t) => {
  const reader = new Reader(PAGE)
  const vectors = reader.hashes()
  t.ok(vectors.length > 5)
  for (const { text, hash } of vectors) t.equal(reader.hash(Buffer.from(text)), hash, text)
})
