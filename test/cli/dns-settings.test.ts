import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dnsSettings, readTsigKeys } from '../../src/cli/dns-settings.ts'
import { resolveSettings } from '../../src/cli/settings/given.ts'
import type { SettingName } from '../../src/cli/settings/table.ts'
import { formatEndpoint } from '../../src/values/index.ts'
import { folder } from '../folder.ts'

const dir = folder(t)
const file = (content: string, mode = 0o600): string => {
  const path = join(dir, `keys-${mode}-${content.length}`)
  writeFileSync(path, content, { mode })
  return path
}

const given = (rows: readonly (readonly [SettingName, readonly string[]])[]) => ({
  settings: resolveSettings([new Map(rows)]),
  locations: new Map(),
})

t.test('TSIG keys are lines of name and secret, in a file that only its owner reads', async (t) => {
  const keys = readTsigKeys(file('# keys\nfirst.key:c2VjcmV0\n\nsecond:AAEC # the other\n'))
  t.same(
    keys.map(({ name, secret }) => [name, Buffer.from(secret).toString('hex')]),
    [
      ['first.key', '736563726574'],
      ['second', '000102'],
    ],
  )
  t.throws(() => readTsigKeys(file('a:AAAA\n', 0o644)), { message: /other users can read it/ })
  t.throws(() => readTsigKeys(join(dir, 'absent')), { message: /no such file/ })
})

t.test('a wrong line is told by its place, never by its text', async (t) => {
  const path = file('a:AAAA\n  topsecret # x\n')
  t.throws(() => readTsigKeys(path), {
    message: `${path}:2:3: error: this is not NAME:SECRET with a secret in base64 [bad-tsig-key]`,
    diagnostic: { file: path, line: 2, column: 3, end: 12, excerpt: undefined },
  })
  t.throws(() => readTsigKeys(file('a..b:AAAA\n')), { message: /:1:1: error: this is not NAME:SECRET/ })
})

t.test('secondaries have their keys, and all addresses their usual port', async (t) => {
  const { secondaries, forward, fallthrough } = dnsSettings(
    given([
      ['dnsSecondaries', ['10.0.0.2', '[fd00::2]:5353 first.key']],
      ['dnsForward', ['10.0.0.53', '10.0.0.54:5353']],
      ['dnsFallthrough', ['10.0.0.55']],
      ['dnsTsig', [file('first.key:c2VjcmV0\n')]],
    ]),
  )
  t.same(
    secondaries.map(({ endpoint, key }) => [formatEndpoint(endpoint), key?.name]),
    [
      ['10.0.0.2:53', undefined],
      ['[fd00::2]:5353', 'first.key'],
    ],
  )
  t.same(forward.map(formatEndpoint), ['10.0.0.53:53', '10.0.0.54:5353'])
  t.same(fallthrough.map(formatEndpoint), ['10.0.0.55:53'])
})

t.test('a secondary whose key is nowhere is an error', async (t) => {
  const settings = given([['dnsSecondaries', ['10.0.0.2 other.key']]])
  t.throws(() => dnsSettings(settings), { message: /no TSIG key other\.key/, diagnostic: { file: '', line: 0 } })
  const location = { file: 'k.toml', line: 3, column: 20, end: 40 }
  const located = { ...settings, locations: new Map([['dnsSecondaries', location]] as const) }
  t.throws(() => dnsSettings(located), {
    message: /^k\.toml:3:20: error: .* \[unknown-tsig-key\]$/,
    diagnostic: { ...location, code: 'unknown-tsig-key' },
  })
})

t.test('a server to ask that is the address of this server itself is an error', async (t) => {
  const wrong = (listen: string, server: string, name: 'dnsForward' | 'dnsFallthrough' = 'dnsForward') => {
    try {
      dnsSettings(
        given([
          ['dns', [listen]],
          [name, [server]],
        ]),
      )
      return ''
    } catch (error) {
      return String(error)
    }
  }
  for (const [listen, server] of [
    ['127.0.0.1:53', '127.0.0.1'],
    ['127.0.0.1:5300', '127.0.0.1:5300'],
    ['127.0.0.1:53', '0.0.0.0'],
    ['0.0.0.0:53', '127.0.0.1'],
    ['0.0.0.0:53', '127.8.9.10'],
    ['*:53', '::ffff:127.0.0.1'],
    ['[::]:53', '[::1]:53'],
    ['[::1]:53', '[::]:53'],
  ] as const) {
    t.match(
      wrong(listen, server),
      /--forward .* is the address of this server itself \(--dns\): name another server/,
      `${listen} ${server}`,
    )
    t.match(
      wrong(listen, server, 'dnsFallthrough'),
      /--dns-fallthrough .* is the address of this server itself/,
      `${listen} ${server}`,
    )
  }
  for (const [listen, server] of [
    ['127.0.0.1:5300', '127.0.0.1'],
    ['127.0.0.1:53', '127.0.0.53'],
    ['127.0.0.1:53', '[::1]:53'],
    ['0.0.0.0:53', '192.0.2.77'],
  ] as const) {
    t.equal(wrong(listen, server), '', `${listen} ${server}`)
  }
})
