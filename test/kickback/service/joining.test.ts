import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { joinedKey } from '../../../src/kickback/node/join.ts'
import { JoinTokens, TOKEN_LASTS } from '../../../src/kickback/service/join-tokens.ts'
import { joinTokenId, nodeProof } from '../../../src/kickback/wire/join.ts'
import { publicDer } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { client, logOf, server } from '../cluster.ts'

const { key: KEY } = clusterKey()

/** The tokens of a master, and what its log says. */
function tokens() {
  const [clock, lines] = [new HandClock(), [] as string[]]
  return { clock, lines, tokens: new JoinTokens({ clock, log: logOf(lines) }) }
}

/** One use of a token, with a nonce of its own unless one is given. */
function use(all: JoinTokens, token: Uint8Array, nonce: Uint8Array = randomBytes(32)): ReturnType<JoinTokens['use']> {
  return all.use({ id: joinTokenId(token), nonce, proof: nodeProof(token, nonce) })
}

t.test('a token is good once', async (t) => {
  const { tokens: all } = tokens()
  const token = all.make() ?? Buffer.alloc(0)
  t.equal(token.length, 16)
  t.match(use(all, token), { token })
  t.equal(use(all, token), 'used')
  t.equal(use(all, randomBytes(16)), 'unknown')
})

t.test('whoever only saw a token’s id does not use it up', async (t) => {
  const { tokens: all } = tokens()
  const token = all.make() ?? Buffer.alloc(0)
  t.equal(all.use({ id: joinTokenId(token), nonce: randomBytes(32), proof: randomBytes(32) }), 'unknown')
  const other = { id: joinTokenId(token), nonce: randomBytes(32), proof: nodeProof(token, randomBytes(32)) }
  t.equal(all.use(other), 'unknown', 'another nonce')
  t.match(use(all, token), { token })
})

t.test('a token ends after a quarter of an hour', async (t) => {
  const { tokens: all, clock } = tokens()
  const token = all.make() ?? Buffer.alloc(0)
  clock.turn(TOKEN_LASTS - 1)
  const late = all.make() ?? Buffer.alloc(0)
  clock.turn(1)
  t.equal(use(all, token), 'unknown')
  t.match(use(all, late), { token: late })
})

t.test('the number of tokens has a bound, and old ones make room', async (t) => {
  const { tokens: all, clock } = tokens()
  let made = 0
  while (all.make() !== undefined) made++
  t.equal(made, 1024)
  clock.turn(TOKEN_LASTS)
  t.ok(all.make())
})

/** A master with its public and its admin socket, and a log. */
async function master(t: Tap, isMaster = true) {
  const [clock, lines, dir] = [new HandClock(), [] as string[], folder(t)]
  const made = server(t, { clock, log: logOf(lines), ...(isMaster && { keys: { signing: KEY, list: undefined } }) })
  const local = await client(t, await made.listen('local', { path: join(dir, 'socket') }))
  const admin = await client(t, await made.listen('admin', { path: join(dir, 'admin') }))
  return { clock, lines, local, admin }
}

t.test('root makes a token, a node learns the key with it, and a second use is an alarm', async (t) => {
  const { local, admin, lines } = await master(t)
  const { token, lasts } = await admin.ask('TOKEN', {})
  t.equal(lasts, 900)
  t.same(publicDer((await joinedKey(local, token)).key), publicDer(KEY))
  t.notOk(lines.some((line) => line.includes('second time')))
  await t.rejects(joinedKey(local, token), { code: 'token', message: /used before/ })
  t.ok(lines.some((line) => line.includes('a join token was used a second time')))
})

t.test('only root makes tokens', async (t) => {
  const { local } = await master(t)
  await t.rejects(local.ask('TOKEN', {}), { code: 'denied' })
})

t.test('a daemon without a signing key makes no token and gives no key', async (t) => {
  const { local, admin } = await master(t, false)
  await t.rejects(admin.ask('TOKEN', {}), { code: 'operation' })
  await t.rejects(joinedKey(local, randomBytes(16)), { code: 'operation' })
})

t.test('attempts have a rate: guessing is slow, and a right token waits behind it', async (t) => {
  const { local, admin, clock } = await master(t)
  const { token } = await admin.ask('TOKEN', {})
  for (let i = 0; i < 5; i++) await t.rejects(joinedKey(local, randomBytes(16)), { code: 'token' })
  await t.rejects(joinedKey(local, token), { code: 'busy' })
  clock.turn(5000)
  t.same(publicDer((await joinedKey(local, token)).key), publicDer(KEY), 'it was not used up')
})

t.test('a user with a program on every node keeps no node from joining', async (t) => {
  const { tokens: all } = tokens()
  const user = (number: number) => ({ source: `10.0.${number >> 8}.${number & 255}`, isRoot: false })
  for (let i = 0; i < 1000; i++) all.mayTry(user(i))
  t.notOk(all.mayTry(user(1000)), 'their share is used up')
  t.ok(all.mayTry({ source: '10.0.0.1 root', isRoot: true }))
})

t.test('refused attempts are logged with a bound, however many there are', async (t) => {
  const { local, admin, clock, lines } = await master(t)
  const { token } = await admin.ask('TOKEN', {})
  await joinedKey(local, token)
  for (const [wrong, line] of [
    [token, 'a join token was used a second time'],
    [randomBytes(16), 'a join token was refused'],
  ] as const) {
    const logged = () => lines.filter((each) => each.startsWith(line)).length
    for (let i = 0; i < 2; i++) {
      clock.turn(5000)
      await t.rejects(joinedKey(local, wrong), { code: 'token' })
    }
    t.equal(logged(), 1)
    clock.turn(10_000)
    await t.rejects(joinedKey(local, wrong), { code: 'token' })
    t.equal(logged(), 2)
  }
})

t.test('a request with fields of another length is refused before anything is computed', async (t) => {
  const { local } = await master(t)
  const right = { token: Buffer.alloc(32), nonce: Buffer.alloc(32), proof: Buffer.alloc(32) }
  for (const name of ['token', 'nonce', 'proof'] as const)
    await t.rejects(local.ask('JOIN', { ...right, [name]: Buffer.alloc(31) }), { code: 'request' }, name)
})
