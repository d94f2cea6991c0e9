import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { keyPairFault, openPublicKey, openSigningKey } from '../../../src/daemon/generations/signing-key.ts'
import { folder } from '../../folder.ts'
import { systemCalls } from '../../system-calls.ts'

t.test('the signing key is made once, and only its owner can read the private half', async (t) => {
  const dir = join(folder(t), 'state')
  const first = await openSigningKey(dir)
  t.equal(first.exposed, false)
  t.equal(statSync(join(dir, 'signing.key')).mode & 0o777, 0o600)
  const pem = readFileSync(join(dir, 'signing.key'))
  t.ok((await openSigningKey(dir)).publicKey.equals(first.publicKey))
  t.same(readFileSync(join(dir, 'signing.key')), pem)
  t.ok(openPublicKey(join(dir, 'signing.pub')).equals(first.publicKey))

  unlinkSync(join(dir, 'signing.pub'))
  await openSigningKey(dir)
  t.ok(existsSync(join(dir, 'signing.pub')), 'a lost public half is made again')
  chmodSync(join(dir, 'signing.key'), 0o640)
  t.equal((await openSigningKey(dir)).exposed, true)
})

t.test('a signing key that cannot be read is an error, never a reason for another one', async (t) => {
  const dir = folder(t)
  writeFileSync(join(dir, 'signing.key'), 'damaged', { mode: 0o600 })
  await t.rejects(openSigningKey(dir), { message: /signing\.key is not an Ed25519 key/ })
  t.equal(readFileSync(join(dir, 'signing.key'), 'utf8'), 'damaged')
  t.throws(() => openPublicKey(join(dir, 'absent')), { message: /can't read the key .*absent: no such file/ })
})

t.test('a new key is on disk before it has its name, and its name before it signs anything', async (t) => {
  const dir = folder(t)
  const state = join(dir, 'state')
  const script = `import { openSigningKey } from './src/daemon/generations/signing-key.ts'\nawait openSigningKey('${state}')`
  const calls = systemCalls(script, dir).map((call) => call.replaceAll(/\.(\d+|(?<=key\.)\w{6})(?=[ /]|$)/g, '.DRAFT'))
  // The key is begun in a folder of its own.
  const drafts = {
    '/state/signing.key': '/state/signing.key.DRAFT/signing.key',
    '/state/signing.pub': '/state/signing.pub.DRAFT',
  }
  const written = Object.entries(drafts).map(([path, draft]) => [
    `write ${draft}`,
    `fsync ${draft}`,
    `linkat ${draft} ${path}`,
    'fsync /state',
  ])
  t.same(
    calls.map((call) => call.replace(/^link /, 'linkat ')),
    written.flat(),
  )
})

t.test('of masters that start at once on one state dir all have the key of one, and no draft is left', async (t) => {
  const dir = folder(t)
  const script = `import { openSigningKey } from './src/daemon/generations/signing-key.ts'\nawait openSigningKey('${dir}')`
  const words = ['--input-type=module-typescript', '--no-warnings', '--eval', script]
  const cwd = join(import.meta.dirname, '../../..')
  const run = promisify(execFile)
  await Promise.all([1, 2, 3].map(() => run(process.execPath, words, { cwd })))
  t.same(readdirSync(dir).sort(), ['signing.key', 'signing.pub'])
  const { publicKey } = await openSigningKey(dir)
  t.ok(openPublicKey(join(dir, 'signing.pub')).equals(publicKey))
  t.equal(keyPairFault(dir), undefined)
})
