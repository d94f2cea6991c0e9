import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openPublicKey, openSigningKey } from '../../../src/daemon/generations/signing-key.ts'
import { systemCalls } from '../../system-calls.ts'

t.test('the signing key is made once, and only its owner can read the private half', async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'kickback-key-')), 'state')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const first = openSigningKey(folder)
  t.equal(first.exposed, false)
  t.equal(statSync(join(folder, 'signing.key')).mode & 0o777, 0o600)
  const pem = readFileSync(join(folder, 'signing.key'))
  t.ok(openSigningKey(folder).publicKey.equals(first.publicKey))
  t.same(readFileSync(join(folder, 'signing.key')), pem)
  t.ok(openPublicKey(join(folder, 'signing.pub')).equals(first.publicKey))

  unlinkSync(join(folder, 'signing.pub'))
  openSigningKey(folder)
  t.ok(existsSync(join(folder, 'signing.pub')), 'a lost public half is made again')
  chmodSync(join(folder, 'signing.key'), 0o640)
  t.equal(openSigningKey(folder).exposed, true)
})

t.test('a signing key that cannot be read is an error, never a reason for another one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-key-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'signing.key'), 'damaged', { mode: 0o600 })
  t.throws(() => openSigningKey(folder), { message: /signing\.key is not an Ed25519 key/ })
  t.equal(readFileSync(join(folder, 'signing.key'), 'utf8'), 'damaged')
  t.throws(() => openPublicKey(join(folder, 'absent')), { message: /can't read the key .*absent: no such file/ })
})

t.test('a new key is on disk before it has its name, and its name before it signs anything', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-key-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state')
  const script = `import { openSigningKey } from './src/daemon/generations/signing-key.ts'\nopenSigningKey('${state}')`
  const calls = systemCalls(script, folder).map((call) => call.replaceAll(/\.\d+/g, '.PID'))
  const each = ['key', 'pub'].map((half) => `/state/signing.${half}`)
  const written = each.map((path) => [
    `write ${path}.PID`,
    `fsync ${path}.PID`,
    `linkat ${path}.PID ${path}`,
    'fsync /state',
  ])
  t.same(
    calls.map((call) => call.replace(/^link /, 'linkat ')),
    written.flat(),
  )
})
