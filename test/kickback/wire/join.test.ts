import { createHmac } from 'node:crypto'
import t from 'tap'
import {
  isSameMac,
  joinTokenId,
  joinTokenText,
  masterProof,
  nodeProof,
  parseJoinToken,
} from '../../../src/kickback/wire/join.ts'

const TOKEN = Buffer.from('000102030405060708090a0b0c0d0eff', 'hex')
const NONCE = Buffer.alloc(32, 7)

t.test('a token is read as it is written, however it was copied', async (t) => {
  t.equal(joinTokenText(TOKEN), '0001-0203-0405-0607-0809-0a0b-0c0d-0eff')
  for (const text of [
    joinTokenText(TOKEN),
    '000102030405060708090A0B0C0D0EFF',
    ' 0001 0203-0405 0607 0809 0a0b 0c0d 0eff\r\n',
  ])
    t.same(parseJoinToken(text), TOKEN, text)
  for (const text of ['', '0001', `${joinTokenText(TOKEN)}0`, '0001-0203-0405-0607-0809-0a0b-0c0d-0efg'])
    t.equal(parseJoinToken(text), undefined, text)
})

t.test('the messages are laid out as the page says', async (t) => {
  const mac = (...parts: readonly (string | Uint8Array)[]): Buffer =>
    createHmac('sha256', TOKEN)
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest()
  t.same(joinTokenId(TOKEN), mac('kickback join 1 id\0'))
  t.same(nodeProof(TOKEN, NONCE), mac('kickback join 1 node\0', NONCE))
  t.same(masterProof(TOKEN, NONCE, Buffer.from('KEY')), mac('kickback join 1 master\0', NONCE, 'KEY'))
})

t.test('equal means whole and equal', async (t) => {
  const mac = nodeProof(TOKEN, NONCE)
  t.ok(isSameMac(mac, Buffer.from(mac)))
  t.notOk(isSameMac(mac, mac.subarray(1)))
  t.notOk(isSameMac(Buffer.alloc(0), Buffer.alloc(0)))
  t.notOk(isSameMac(mac, masterProof(TOKEN, NONCE, Buffer.alloc(0))))
})
