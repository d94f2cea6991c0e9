/** Questions of class CHAOS: who the server is (as BIND has it; RFC 4892). */
import { CLASS, TYPE } from '../wire/dns2.ts'
import { ANCOUNT, HEADER_SIZE, putU16 } from '../wire/header.ts'
import type { Query } from '../wire/query.ts'

/** The names that are answered. The version itself is not given. */
const IDENTITY_NAMES: ReadonlySet<string> = new Set(['version.bind', 'version.server'])
const IDENTITY = 'kickback'

/** Whether the question is one that is answered. */
export function asksIdentity({ labels, type }: Query): boolean {
  return (type === TYPE.TXT || type === TYPE.ANY) && IDENTITY_NAMES.has(labels.join('.'))
}

/** A plain reply with the identity added to it. */
export function identityReply(plain: Buffer): Buffer {
  const record = Buffer.alloc(13 + IDENTITY.length)
  record.writeUInt16BE(0xc000 | HEADER_SIZE, 0)
  record.writeUInt16BE(TYPE.TXT, 2)
  record.writeUInt16BE(CLASS.CH, 4)
  record.writeUInt16BE(1 + IDENTITY.length, 10)
  record[12] = IDENTITY.length
  record.write(IDENTITY, 13, 'latin1')
  const reply = Buffer.concat([plain, record])
  putU16(reply, ANCOUNT, 1)
  return reply
}
