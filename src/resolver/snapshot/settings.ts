/**
 * The section SETTINGS: what decides the zones besides the records, so that the zones follow from the snapshot alone; and where nodes
 * fetch bodies. Lines `key=value` in a fixed order; a key whose values are a list has a line for each. Readers skip keys that they don't know.
 *
 *   port=3045                       the port of the service
 *   ttl=30, negative_ttl=5          seconds
 *   rname=hostmaster.example.org    empty: hostmaster.DOMAIN
 *   ns=NAME [ADDRESS...]            name servers, the primary first
 *   own=ADDRESS                     where DNS is served, if nothing else tells a name server
 *   cut=10.1.0.0/16                 a network that is one reverse zone
 *   objects=http://10.0.0.5:3128    where bodies of generations are to be had first; no line: at the masters alone
 */
import { type Address, formatAddress, parseAddress } from '../../values/index.ts'
import { SnapshotError } from '../records/decode.ts'
import type { ByteString, NameServer, ReverseCut, ZoneSettings } from '../records/entries.ts'

/** The section's text. `objects` is empty for none. */
export function settingsText(zones: ZoneSettings, objects: ByteString = ''): ByteString {
  const { port, ttl, negativeTtl, rname, ns, own, cuts } = zones
  const lines = [
    `port=${port}`,
    `ttl=${ttl}`,
    `negative_ttl=${negativeTtl}`,
    `rname=${rname}`,
    ...ns.map(({ name, addresses }) => `ns=${[name, ...addresses.map(formatAddress)].join(' ')}`),
    ...own.map((address) => `own=${formatAddress(address)}`),
    ...cuts.map((cut) => `cut=${cutText(cut)}`),
    ...(objects === '' ? [] : [`objects=${objects}`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Where bodies of generations are to be had first, in a section's text: a URL that nothing checked; undefined if there is none. */
export function objectsOf(text: ByteString): ByteString | undefined {
  return valuesOf(text).get('objects')?.[0]
}

function valuesOf(text: ByteString): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=')
    if (equals < 0) continue
    const key = line.slice(0, equals)
    values.set(key, [...(values.get(key) ?? []), line.slice(equals + 1)])
  }
  return values
}

/** The settings of zones in a section's text. Throws SnapshotError if it is damaged. */
export function zoneSettingsOf(text: ByteString): ZoneSettings {
  const values = valuesOf(text)
  const all = (key: string): readonly string[] => values.get(key) ?? []
  const number = (key: string, most: number): number => numberOf(all(key)[0], most)
  return {
    port: number('port', 0xffff),
    ttl: number('ttl', 0x7fffffff),
    negativeTtl: number('negative_ttl', 0x7fffffff),
    rname: all('rname')[0] ?? '',
    ns: all('ns').map(nameServerOf),
    own: all('own').map(addressOf),
    cuts: all('cut').map(cutOf),
  }
}

const damaged = (what: string): SnapshotError => new SnapshotError('section', `the settings have ${what}`)

function numberOf(text = '', most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= most)) throw damaged(`'${text}' where a number is expected`)
  return value
}

function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw damaged(`'${text}' where an address is expected`)
  return address
}

function nameServerOf(text: string): NameServer {
  const [name = '', ...addresses] = text.split(' ')
  return { name, addresses: addresses.map(addressOf) }
}

function cutText({ family, prefix }: ReverseCut): string {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  bytes.set(prefix)
  return `${formatAddress({ family, bytes })}/${prefix.length * 8}`
}

function cutOf(text: string): ReverseCut {
  const [address = '', bits] = text.split('/')
  const { family, bytes } = addressOf(address)
  const octets = numberOf(bits, bytes.length * 8 - 8) / 8
  if (!Number.isInteger(octets) || octets === 0) throw damaged(`'${text}' where a network is expected`)
  return { family, prefix: bytes.subarray(0, octets) }
}
