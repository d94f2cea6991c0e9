/** Every operation of the protocol, asked once in each way that there is: what a recording keeps of the protocol. */
import { KickbackClient } from '../../src/kickback/node/client.ts'
import { joinedKey } from '../../src/kickback/node/join.ts'
import type { Place } from '../../src/kickback/transport/link.ts'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { FRAME_HEAD, NONCE_BYTES } from '../../src/kickback/wire/protocol.ts'
import { keyMark, publicKeyOf } from '../../src/resolver/index.ts'
import { monotonic } from '../../src/values/index.ts'
import type { Tap } from '../folder.ts'
import { until } from '../patience.ts'
import { connected } from '../sockets.ts'
import type { Exchange, Relay } from './transcript.ts'

/** A client at a place until the test ends. */
export async function clientAt(t: Tap, place: Place): Promise<KickbackClient> {
  const client = await KickbackClient.connect(place, { clock: monotonic, software: 'recorded', timeout: 30_000 })
  t.teardown(() => client.close())
  return client
}

/** A nonce that is the same in each recording. */
const nonce = Buffer.alloc(NONCE_BYTES, 7)
const address = Buffer.of(10, 20, 30, 107)
const address6 = Buffer.from('fd000020003000000000000000000005', 'hex')
const mac = Buffer.from('00a0d1e5c46f', 'hex')

const machine = { uptime: 86_400, load: 125, cpus: 64, memory: 1 << 28, available: 1 << 27, kernel: '6.1.0', boot: 'b' }

/** What is asked by one question each, with the title of its exchange. */
const QUESTIONS: readonly (readonly [title: string, request: object])[] = [
  ['HELLO', { op: 0, versions: [1], software: 'recorded', generation: 7 }],
  ['LOOKUP a user by name', { op: 1, db: 'passwd', key: 'ada' }],
  ['LOOKUP a user by id', { op: 1, db: 'passwd', key: 1001 }],
  ['LOOKUP a name that is not UTF-8', { op: 1, db: 'passwd', key: Buffer.from('J\xe9r\xf4me', 'latin1') }],
  ['LOOKUP a user who is not there', { op: 1, db: 'passwd', key: 'nosuch' }],
  ['LOOKUP a group', { op: 1, db: 'group', key: 'physics' }],
  ['LOOKUP the groups of a user', { op: 1, db: 'initgroups', key: 'hedy' }],
  ['LOOKUP a node', { op: 1, db: 'hosts', key: 'node007' }],
  ['LOOKUP an address', { op: 1, db: 'hosts', key: address }],
  ['LOOKUP an address of IPv6', { op: 1, db: 'hosts', key: address6 }],
  ['LOOKUP a MAC', { op: 1, db: 'ethers', key: mac }],
  ['LOOKUP a netgroup', { op: 1, db: 'netgroup', key: 'bmcs' }],
  ['LOOKUP a network', { op: 1, db: 'networks', key: 0x0a141e00 }],
  ['LOOKUP a shadow entry', { op: 1, db: 'shadow', key: 'grace' }],
  ['LOOKUP signed', { op: 1, db: 'passwd', key: 'ada', nonce }],
  ['LOOKUP signed, of nobody', { op: 1, db: 'passwd', key: 4242, nonce }],
  ['ENUMERATE the first', { op: 2, db: 'networks' }],
  ['ENUMERATE with a limit', { op: 2, db: 'passwd', limit: 2 }],
  ['INNETGR yes', { op: 4, netgroup: 'bmcs', host: 'n7-bmc' }],
  ['INNETGR no', { op: 4, netgroup: 'bmcs', host: 'n7', user: 'ada', domain: 'x' }],
  ['SNAPSHOT the header', { op: 5, kind: 1, offset: 0, length: 192 }],
  ['SNAPSHOT past the end', { op: 5, kind: 1, offset: 2 ** 30 }],
  ['STATUS', { op: 7 }],
  ['RELOAD to see', { op: 8, dry_run: true }],
  ['ALIVE of who has nothing', { op: 9, nonce }],
  ['NODES', { op: 10, limit: 5 }],
  ['TOKEN', { op: 12 }],
  ['HISTORY', { op: 13 }],
  ['REFUSED a certificate without TLS', { op: 16, request: Buffer.alloc(8, 3) }],
  ['KEYS', { op: 18 }],
  ['NODE_KEYS without TLS', { op: 19, digest: Buffer.alloc(32) }],
  ['HOST_KEYS without TLS', { op: 20, keys: [] }],
  ['SHADOW without TLS', { op: 21, nonce: Buffer.alloc(32, 4) }],
  ['STATES', { op: 22 }],
  ['DELTA that the master does not have', { op: 14, from: Buffer.alloc(32, 1), to: Buffer.alloc(32, 2) }],
  ['TRUST', { op: 15 }],
  ['WAIT', { op: 17, nodes: '0-2', seconds: 0 }],
  ['REFUSED an operation that is not known', { op: 99 }],
  ['REFUSED a database that is not known', { op: 1, db: 'services', key: 'ssh' }],
  ['REFUSED without a field', { op: 1, db: 'passwd' }],
  ['REFUSED a generation that is gone', { op: 5, kind: 1, generation: 1, offset: 0 }],
]

/** Asks all of it at root's socket, through a relay, and gives what was said. `key` is the public key, as PEM. */
export async function allExchanges(t: Tap, relayed: Relay, key: string): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  const keep = (title: string): void => void exchanges.push({ title, said: relayed.take() })
  relayed.take()
  for (const [title, request] of QUESTIONS) {
    const socket = await connected(t, relayed.place)
    socket.write(encodeFrame({ id: 1, ...request }))
    await until(() => relayed.heard().some(({ from }) => from === '<'), 'the service answers')
    socket.destroy()
    keep(title)
  }
  const client = await clientAt(t, relayed.place)
  const { header } = await client.ask('ALIVE', { nonce })
  relayed.take()
  await client.ask('ALIVE', { nonce, held: header, key: keyMark(publicKeyOf(key)) })
  keep('ALIVE of who is in step')
  await client.ask('ALIVE', { nonce, held: header, machine })
  keep('ALIVE with how the machine is')
  for await (const batch of client.enumerate('group', 3))
    if (batch.isRestarted) throw new Error('nothing was published')
  keep('ENUMERATE in batches')
  const { token } = await client.ask('TOKEN', {})
  await joinedKey(client, token)
  keep('JOIN after TOKEN')
  return exchanges
}

/** The body of a message as it is sent. */
export function bodyOf(message: object): Buffer {
  return encodeFrame(message).subarray(FRAME_HEAD)
}
