/** The settings of DNS, from the settings of the command line and the file of TSIG keys. */
import { readFileSync, statSync } from 'node:fs'
import { diagnosticAt, type Location, SourceText, wholeFile } from '../config/index.ts'
import { type DnsSettings, ownServers, type Secondary, type TsigKey } from '../dns/index.ts'
import { byteString } from '../resolver/index.ts'
import { formatEndpoint, machineAddresses, systemMessage } from '../values/index.ts'
import type { Invocation } from './command.ts'
import { SETTINGS_CODES, SettingsError } from './settings/codes.ts'
import { SETTINGS, type SettingName } from './settings/table.ts'
import { parseDomain, ValueError } from './settings/values.ts'

/** The settings as they were given. */
type Given = Pick<Invocation, 'settings' | 'locations'>

/** Where DNS is answered, for whom, and who may copy it. Throws SettingsError if keys are wrong or missing. */
export function dnsSettings(given: Given): DnsSettings {
  const { settings } = given
  const { dns, dnsForward, dnsFallthrough, dnsForwardZones, dnsTsig, allow, logQueries } = settings
  refuseOwn(given, 'dnsForward')
  refuseOwn(given, 'dnsFallthrough')
  const tsig = dnsTsig === null ? [] : readTsigKeys(dnsTsig)
  const secondaries = settings.dnsSecondaries.map(({ endpoint, keyName }): Secondary => {
    return { endpoint, key: keyName === null ? undefined : keyNamed(keyName, tsig, given) }
  })
  return {
    listen: dns,
    secondaries,
    tsig,
    forward: dnsForward,
    fallthrough: dnsFallthrough,
    forwardZones: dnsForwardZones.map(byteString),
    access: { allow },
    logQueries: logQueries === 'dns' || logQueries === 'all',
  }
}

/** A server that is ourselves would be asked without end. */
function refuseOwn(given: Given, name: 'dnsForward' | 'dnsFallthrough'): void {
  const [own] = ownServers(given.settings[name], given.settings.dns, machineAddresses())
  if (own === undefined) return
  const message = `${SETTINGS[name].flag} ${formatEndpoint(own)} is the address of this server itself (--dns): name another server`
  throw settingsError('own-server', locationOf(given, name), message)
}

function keyNamed(name: string, keys: readonly TsigKey[], given: Given): TsigKey {
  const key = keys.find((one) => one.name === byteString(name))
  if (key !== undefined) return key
  const message = `there is no TSIG key ${name} in the file of dns.tsig`
  throw settingsError('unknown-tsig-key', locationOf(given, 'dnsSecondaries'), message)
}

/** Where a setting was given; no file where the command line gave it. */
function locationOf({ locations }: Given, name: SettingName): Location {
  return locations.get(name) ?? wholeFile('')
}

function settingsError(code: keyof typeof SETTINGS_CODES, location: Location, message: string): SettingsError {
  return new SettingsError(diagnosticAt(SETTINGS_CODES, code, location, message))
}

/**
 * The keys of a file with a line `NAME:SECRET` each, the secret in base64; `#` starts a comment. Throws SettingsError for any
 * other line, and where others than the owner may read the file.
 */
export function readTsigKeys(file: string): readonly TsigKey[] {
  const bytes = readSecret(file)
  const source = new SourceText(file, bytes, true)
  let start = 0
  return bytes
    .toString('latin1')
    .split('\n')
    .flatMap((content, i) => {
      const text = content.replace(/#.*/s, '').trim()
      const at = start + content.indexOf(text)
      const span = { line: i + 1, start: at, end: at + text.length }
      start += content.length + 1
      return text === '' ? [] : [tsigKey(text) ?? refuseLine(source.locate(span))]
    })
}

function readSecret(file: string): Buffer {
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new Error('other users can read it; use chmod go=')
    return readFileSync(file)
  } catch (error) {
    throw settingsError('tsig-unreadable', wholeFile(file), `can't use these TSIG keys: ${systemMessage(error)}`)
  }
}

/** The text is not part of the message: it is a secret. */
function refuseLine(location: Location): never {
  throw settingsError('bad-tsig-key', location, 'this is not NAME:SECRET with a secret in base64')
}

function tsigKey(text: string): TsigKey | undefined {
  const [, name = '', secret = ''] = /^([^\s:]+):([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const domain = secret === '' ? undefined : domainOf(name)
  return domain === undefined ? undefined : { name: byteString(domain), secret: Buffer.from(secret, 'base64') }
}

function domainOf(name: string): string | undefined {
  try {
    return parseDomain(name)
  } catch (error) {
    if (error instanceof ValueError) return undefined
    throw error
  }
}
