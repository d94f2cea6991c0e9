/**
 * A gate between a node and its master: `OWN MASTER FROM` passes all on as it is, but for snapshots. Of each it says after a while
 * that this generation is gone, as it is where generations change faster than a slow link carries them. So the node has proof that
 * its master lives, and never a copy: it passes its look-ups on.
 */
import { connect, createServer, type Socket } from 'node:net'
import { decodeMessage, encodeFrame, type Fields } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { count, endWithParent } from './attacker.ts'
import { frames } from './frames.ts'

const [, , own = '', master = '', from = ''] = process.argv
/** How long the node waits for the first bytes of a snapshot, in milliseconds. */
const SLOW_MS = 4000

function gone(id: unknown, node: Socket): void {
  count('snapshots refused')
  setTimeout(() => {
    if (node.writable) node.write(encodeFrame({ id, status: -1, error: 'generation', message: 'it is gone' }))
  }, SLOW_MS)
}

function between(node: Socket): void {
  const [host = '', port = '0'] = master.split(':')
  const behind = connect({ host, port: Number(port), localAddress: from })
  count('connections')
  node.setNoDelay(true)
  behind.setNoDelay(true)
  node.on('close', () => behind.destroy())
  behind.on('close', () => node.destroy())
  frames(node, (body) => {
    const { id, op }: Fields = decodeMessage(body, 100_000)
    if (op === OPERATIONS.SNAPSHOT) gone(id, node)
    else behind.write(whole(body))
  })
  behind.on('error', () => {})
  behind.pipe(node)
}

/** A body with its length before it. */
function whole(body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

const [host = '', port = '0'] = own.split(':')
createServer(between).listen(Number(port), host)
endWithParent()
