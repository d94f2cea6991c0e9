// Whoever lies to `kickback-fetch` is left, and the next master is asked. A control shows that the same machine takes what is right.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { aliveMessage } from '../../src/kickback/wire/proof.ts'
import { layout } from '../../src/resolver/index.ts'
import { hex } from '../../src/values/index.ts'
import { type ClusterKey, clusterKey } from '../keys.ts'
import { Fetching, isLong, signed, stamped } from './fetching.ts'
import { type Asked, about, type Lie, type Reply, TestMaster, text } from './master.ts'

/** A lie about the head: another text of it. */
const inHead = (change: (head: string) => string | Buffer): Lie =>
  about('/1/head', (reply) => {
    const changed = change(reply.body.toString('latin1'))
    return { ...reply, body: Buffer.from(changed as string, 'latin1') }
  })
const inBody = (change: (reply: Reply) => Reply): Lie => about('/1/object/', change)
const bodyBytes = (change: (body: Buffer) => Buffer): Lie =>
  inBody((reply) => ({ ...reply, headers: {}, body: change(gunzipSync(reply.body)) }))
/** One line of the head with another value. */
const line = (word: string, value: (was: string) => string): Lie =>
  inHead((head) => head.replace(new RegExp(`^${word} (.*)$`, 'm'), (_, was: string) => `${word} ${value(was)}`))
const base64 =
  (change: (bytes: Buffer) => void) =>
  (was: string): string => {
    const bytes = Buffer.from(was, 'base64')
    change(bytes)
    return bytes.toString('base64')
  }
const flip = (at: number) => base64((bytes) => void bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at))

const headLies: Readonly<Record<string, Lie>> = {
  ...Object.fromEntries(
    (isLong ? [0, 8, 16, 24, 33, 40, 71, 72, 80, 88, 96, 159] : [8, 40, 72, 159]).map((at) => [
      `byte ${at} of the header`,
      line('header', flip(at)),
    ]),
  ),
  'a byte of the signature': line('signature', flip(7)),
  'a header of zeros': line(
    'header',
    base64((bytes) => bytes.fill(0)),
  ),
  'a longer header': line('header', (was) => `${was}AAAA`),
  'a header that is no base64': line('header', (was) => `$(touch pwned)${was.slice(14)}`),
  'flags that nobody signed': line('flags', (was) => String(Number(was) ^ 2)),
  'flags beyond a byte': line('flags', () => '256'),
  'flags of another kind': line('flags', () => '0;id'),
  'no flags': inHead((head) => head.replace(/^flags .*\n/m, '')),
  'a trust number of many digits': inHead((head) => head.replace(/^flags /m, `trust ${'9'.repeat(300)}\nflags `)),
  'two headers': inHead((head) => `${head}header ${'A'.repeat(256)}\n`),
  'another first line': inHead((head) => head.replace('head 1', 'head 2')),
  'a NUL': inHead((head) => head.replace('flags', 'fla\0gs')),
  'bytes beyond ASCII': inHead((head) => `${head}name \xff\xfe\n`),
  'shell in every value': inHead((head) => head.replace(/ \S+$/gm, ' `id>pwned`')),
  'too long a head': inHead((head) => `${head}${'x y\n'.repeat(20_000)}`),
  'a head without end': about('/1/head', (reply) => ({ ...reply, endless: true })),
  'no head': about('/1/head', (reply) => ({ ...reply, body: Buffer.alloc(0) })),
  'a head cut in the middle': about('/1/head', (reply) => ({ ...reply, cut: true })),
  'an error of HTTP': about('/1/head', (reply) => ({ ...reply, status: 500 })),
  'an asked file that is not there': about('/1/head', (reply) => ({ ...reply, status: 404 })),
}

const bodyLies: Readonly<Record<string, Lie>> = {
  'a body that is not there': inBody((reply) => ({ ...reply, status: 404 })),
  'the first byte of the table': bodyBytes((body) => body.fill((body[0] ?? 0) ^ 1, 0, 1)),
  'the last byte': bodyBytes((body) => body.fill(9, body.length - 1)),
  'a byte in the middle': bodyBytes((body) => body.fill(body.readUInt8(2400) ^ 32, 2400, 2401)),
  'a byte too many': bodyBytes((body) => Buffer.concat([body, Buffer.of(0)])),
  'a byte too few': bodyBytes((body) => body.subarray(0, -1)),
  'a body cut in the middle': inBody((reply) => ({ ...reply, cut: true })),
  'an empty body': bodyBytes(() => Buffer.alloc(0)),
  'a body without end': inBody((reply) => ({ ...reply, headers: {}, endless: true })),
  'gzip that is none': inBody((reply) => ({
    ...reply,
    headers: { 'content-encoding': 'gzip' },
    body: Buffer.alloc(500, 7),
  })),
  'a body of zeros': bodyBytes((body) => Buffer.alloc(body.length)),
}

/** Whether what is here is what was here, and nothing else. */
function unchanged(t: Test, machine: Fetching, before: Uint8Array | undefined): void {
  t.strictSame(machine.file, before)
  t.strictSame(machine.names, ['.fetch.lock', 'in-step', 'snapshot.1'], 'nothing is left')
}

async function prepared(t: Test, key: ClusterKey): Promise<{ master: TestMaster; machine: Fetching }> {
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  t.equal((await machine.run([master])).code, 0)
  return { master, machine }
}

for (const [what, lies] of Object.entries({ head: headLies, body: bodyLies })) {
  t.test(`no lie about the ${what} is taken`, async (t) => {
    const key = clusterKey()
    const { master, machine } = await prepared(t, key)
    master.serve(signed(key, 200, 6))
    const before = machine.file
    const names = Object.keys(lies)
    const liars = names.map((name, i) => master.liar(`lie${i}`, lies[name] ?? ((reply) => reply)))
    const run = await machine.run(liars)
    t.equal(run.code, 1)
    const told = run.stderr.split('\n').flatMap((line) => /\/lie(\d+): /.exec(line)?.[1] ?? [])
    t.strictSame(
      told.map(Number),
      names.map((_, i) => i),
      names.join(', '),
    )
    unchanged(t, machine, before)
    const control = await machine.run([...liars.slice(0, 2), master])
    t.equal(control.code, 0, `control: the next master is right: ${control.stderr}`)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
  })
}

t.test('a machine without a copy takes none of these either', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 200), key })
  const machine = new Fetching(t, key)
  const lies = [
    headLies['byte 72 of the header'],
    headLies['a byte of the signature'],
    bodyLies['a byte in the middle'],
  ]
  const run = await machine.run(lies.map((lie, i) => master.liar(`lie${i}`, lie ?? ((reply) => reply))))
  t.equal(run.code, 1)
  t.strictSame(machine.names, ['.fetch.lock'])
  t.equal((await machine.run([master])).code, 0, 'control')
})

t.test('another key', async (t) => {
  const key = clusterKey()
  const { master, machine } = await prepared(t, key)
  const before = machine.file
  const stranger = await TestMaster.start(t, { snapshot: signed(clusterKey(), 200), key: clusterKey() })
  // The header is the cluster's own, and who answers has another key.
  const relay = await TestMaster.start(t, { snapshot: signed(key, 200), key: clusterKey() })
  const run = await machine.run([stranger, relay])
  t.equal(run.code, 1)
  t.equal(run.stderr.match(/did not prove that it has a key that is believed here/g)?.length, 2)
  unchanged(t, machine, before)
  master.serve(signed(key, 200))
  t.equal((await machine.run([master])).code, 0, 'control')
})

t.test('an answer of before is useless: the nonce is another one each time', async (t) => {
  const key = clusterKey()
  const { master, machine } = await prepared(t, key)
  master.serve(signed(key, 200, 6))
  const recorded: { head?: Reply } = {}
  const record: Lie = (reply, { path }: Asked) => {
    if (path === '/1/head') recorded.head ??= reply
    return reply
  }
  const honest = new Fetching(t, key)
  t.equal((await honest.run([master.liar('record', record)])).code, 0)
  const before = machine.file
  const replay = master.liar('replay', (reply, { path }) => (path === '/1/head' ? (recorded.head ?? reply) : reply))
  const run = await machine.run([replay])
  t.equal(run.code, 1)
  t.match(run.stderr, 'did not prove')
  unchanged(t, machine, before)
  t.equal((await machine.run([master])).code, 0, 'control')
  const nonces = master.asked.flatMap(({ path, query }) => (path === '/1/head' ? [query.get('nonce')] : []))
  t.equal(new Set(nonces).size, nonces.length)
  t.ok(nonces.every((nonce) => /^[0-9a-f]{64}$/.test(nonce ?? '')))
})

t.test('a proof for somebody who holds something else is none', async (t) => {
  const key = clusterKey()
  const { master, machine } = await prepared(t, key)
  master.serve(signed(key, 200, 1))
  const header = master.snapshot.bytes.subarray(0, layout.HEADER.size)
  // As if the asker held something that the master had, so that it may lose anything.
  const lie: Lie = (reply, { path, query }) => {
    if (path !== '/1/head') return reply
    const nonce = Buffer.from(query.get('nonce') ?? '', 'hex')
    const signature = key.sign(
      aliveMessage({ nonce, header, known: true, conflict: false, held: Buffer.alloc(192, 1) }),
    )
    const head = reply.body.toString('latin1').replace(/^flags .*$/m, 'flags 1')
    return text(head.replace(/^signature .*$/m, `signature ${Buffer.from(signature).toString('base64')}`))
  }
  const run = await machine.run([master.liar('other', lie)])
  t.equal(run.code, 1)
  t.match(run.stderr, 'did not prove')
})

t.test('a redirect is not followed', async (t) => {
  const key = clusterKey()
  const { master, machine } = await prepared(t, key)
  master.serve(signed(key, 200, 6))
  const reached: string[] = []
  const elsewhere = createServer((request, response) => {
    reached.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  t.teardown(() => elsewhere.close())
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
  const redirect = (reply: Reply): Reply => ({ ...reply, status: 302, headers: { location } })
  const before = machine.file
  const run = await machine.run([
    master.liar(
      'head',
      about('/1/head', (reply) => ({ ...redirect(reply), body: Buffer.alloc(0) })),
    ),
    master.liar(
      'body',
      inBody((reply) => ({ ...redirect(reply), body: Buffer.from('moved') })),
    ),
  ])
  t.equal(run.code, 1)
  t.strictSame(reached, [])
  unchanged(t, machine, before)
})

t.test('a slow master is left for the next one', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key, {
    changes: [
      ['\nANSWER=20\n', '\nANSWER=1\n'],
      ['\nPACE_OVER=20\n', '\nPACE_OVER=1\n'],
    ],
  })
  const run = await machine.run([
    master.liar(
      'slowhead',
      about('/1/head', (reply) => ({ ...reply, drip: 50 })),
    ),
    master.liar(
      'slowbody',
      inBody((reply) => ({ ...reply, drip: 50 })),
    ),
    master,
  ])
  t.equal(run.code, 0, run.stderr)
  t.match(run.stderr, /slowhead: it gives no answer in time\n.*slowbody: it gives no answer in time\n/)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
})

t.test('a master with the key can do no more than the rules allow', async (t) => {
  const key = clusterKey()
  const { master, machine } = await prepared(t, key)
  const before = machine.file
  for (const generation of [2 ** 52, 2 ** 53 - 1]) {
    master.snapshot = stamped(key, { generation, contentTime: 500 }, 6)
    t.equal((await machine.run([master])).code, 3, String(generation))
  }
  const far = stamped(key, { generation: 2 ** 40, contentTime: 500 }, 6)
  const bytes = Buffer.from(far.bytes)
  bytes.writeBigUInt64LE(2n ** 63n - 1n, layout.HEADER.at.generation)
  master.snapshot = far
  const header = bytes.subarray(0, layout.HEADER.size)
  const huge: Lie = (reply, { path }) =>
    path === '/1/head'
      ? text(reply.body.toString('latin1').replace(/^header .*$/m, `header ${header.toString('base64')}`))
      : reply
  t.equal((await machine.run([master.liar('huge', huge)])).code, 1)
  unchanged(t, machine, before)
  t.match((await machine.run([master], '--size-max', '4000')).stderr, 'more than size_max')
  t.equal(master.asked.filter(({ path }) => path === `/1/object/${hex(far.digest)}`).length, 0, 'nothing was fetched')
  unchanged(t, machine, before)
})
