import fc from 'fast-check'
import t from 'tap'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { USUAL_ZONES, type ZoneSettings } from '../../../src/resolver/records/entries.ts'
import { settingsText, zoneSettingsOf } from '../../../src/resolver/snapshot/settings.ts'
import { ip } from '../../addresses.ts'
import { configured, snapshotOf, sourcesOf } from '../configs.ts'
import { zoneSettings } from '../contents.ts'

t.test('settings come back from their text as they went in', async () => {
  fc.assert(fc.property(zoneSettings, (zones) => t.same(zoneSettingsOf(settingsText(zones)), zones)))
})

t.test('the text is lines that people can read', async (t) => {
  const address = ip('192.0.2.1')
  const zones: ZoneSettings = {
    port: 3999,
    ttl: 600,
    negativeTtl: 7,
    rname: 'me.example.org',
    ns: [
      { name: 'ns1.example.org', addresses: [] },
      { name: 'ns2.example.org', addresses: [address] },
    ],
    own: [address],
    cuts: [{ family: 4, prefix: Uint8Array.of(10, 1) }],
  }
  t.equal(
    settingsText(zones),
    [
      ...['port=3999', 'ttl=600', 'negative_ttl=7', 'rname=me.example.org', 'ns=ns1.example.org'],
      ...['ns=ns2.example.org 192.0.2.1', 'own=192.0.2.1', 'cut=10.1.0.0/16', ''],
    ].join('\n'),
  )
})

t.test('keys that a reader does not know are skipped, damaged values are a SnapshotError', async (t) => {
  const text = settingsText(USUAL_ZONES)
  t.same(zoneSettingsOf(`later=1\n${text}\nno line\n`), USUAL_ZONES)
  for (const line of [
    'own=10.0.0',
    'ns=a 10.0.0',
    'cut=10.0.0.0',
    'cut=10.0.0.0/12',
    'cut=10.0.0.0/0',
    'cut=10.0.0.0/32',
  ])
    t.throws(() => zoneSettingsOf(`${text}${line}\n`), SnapshotError, line)
  for (const key of ['port', 'ttl', 'negative_ttl']) {
    for (const value of ['', 'x', '-1', '99999999999', key === 'port' ? '65536' : '2147483648']) {
      t.throws(() => zoneSettingsOf(text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`)), SnapshotError)
    }
  }
})

t.test('a change of any setting is another digest', async (t) => {
  const digestOf = (zones: ZoneSettings): string =>
    Buffer.from(snapshotOf(sourcesOf('', { zones })).digest).toString('hex')
  const changed: Partial<ZoneSettings>[] = [
    { port: 1 },
    { ttl: 1 },
    { negativeTtl: 1 },
    { rname: 'a.b' },
    { ns: [{ name: 'a.b', addresses: [] }] },
    { own: [ip('10.0.0.1')] },
    { cuts: [{ family: 4, prefix: Uint8Array.of(10) }] },
  ]
  const digests = changed.map((change) => digestOf({ ...USUAL_ZONES, ...change }))
  t.equal(new Set([digestOf(USUAL_ZONES), ...digests]).size, changed.length + 1)
})

t.test(
  'where one answers DNS is no part of a snapshot that names a master or a server: two masters agree',
  async (t) => {
    const own = [ip('10.0.0.1')]
    const zones = { ...USUAL_ZONES, own }
    t.same(configured('', { zones }).zoneSettings.own, own)
    t.same(configured('masterorder 0- 10.0.0.9\n', { zones }).zoneSettings.own, [])
    t.same(configured('', { zones: { ...zones, ns: [{ name: 'a.b', addresses: [] }] } }).zoneSettings.own, [])
  },
)
