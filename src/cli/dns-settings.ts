/** The settings of DNS, from the settings of the command line and the file of TSIG keys. */

import { readFileSync, statSync } from 'node:fs'
import { type DnsSettings, ownServers, type Secondary, type TsigKey } from '../dns/index.ts'
import { byteString } from '../resolver/index.ts'
import { type Endpoint, formatEndpoint, machineAddresses, systemMessage } from '../values/index.ts'
import type { Settings } from './settings.ts'
import { parseDomain, ValueError } from './values.ts'

/** Where DNS is answered, for whom, and who may copy it. Throws ValueError if keys are wrong or missing. */
export function dnsSettings(settings: Settings): DnsSettings {
  const { dns, dnsForward, dnsFallthrough, dnsForwardZones, dnsTsig, allow } = settings
  refuseOwn('--forward', dnsForward, dns)
  refuseOwn('--dns-fallthrough', dnsFallthrough, dns)
  const tsig = dnsTsig === null ? [] : readTsigKeys(dnsTsig)
  const secondaries = settings.dnsSecondaries.map(({ endpoint, keyName }): Secondary => {
    return { endpoint, key: keyName === null ? undefined : keyNamed(keyName, tsig) }
  })
  return {
    listen: dns,
    secondaries,
    tsig,
    forward: dnsForward,
    fallthrough: dnsFallthrough,
    forwardZones: dnsForwardZones.map(byteString),
    access: { allow },
  }
}

/** A server that is ourselves would be asked without end. */
function refuseOwn(flag: string, servers: readonly Endpoint[], listen: readonly Endpoint[]): void {
  const [own] = ownServers(servers, listen, machineAddresses())
  if (own === undefined) return
  throw new ValueError(
    `${flag} ${formatEndpoint(own)} is the address of this server itself (--dns): name another server`,
  )
}

function keyNamed(name: string, keys: readonly TsigKey[]): TsigKey {
  const key = keys.find((one) => one.name === byteString(name))
  if (key === undefined) throw new ValueError(`there is no TSIG key ${name} in the file of dns.tsig`)
  return key
}

/**
 * The keys of a file with a line `NAME:SECRET` each, the secret in base64; `#` starts a comment. Throws ValueError for any
 * other line, and where others than the owner may read the file.
 */
export function readTsigKeys(file: string): readonly TsigKey[] {
  let lines: readonly string[]
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new ValueError('other users can read it; use chmod go=')
    lines = readFileSync(file, 'utf8').split('\n')
  } catch (error) {
    throw new ValueError(`can't use the TSIG keys of ${file}: ${systemMessage(error)}`)
  }
  return lines.flatMap((line, i) => {
    const text = line.replace(/#.*/, '').trim()
    return text === '' ? [] : [tsigKey(text, `${file}:${i + 1}`)]
  })
}

/** The text is not part of the message: it is a secret. */
function tsigKey(text: string, place: string): TsigKey {
  const [, name = '', secret = ''] = /^([^\s:]+):([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  if (secret === '') throw new ValueError(`${place}: this is not NAME:SECRET with a secret in base64`)
  return { name: byteString(parseDomain(name)), secret: Buffer.from(secret, 'base64') }
}
