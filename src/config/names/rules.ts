/** Which names a device, a service or a netgroup may have. */
import { addressKey, foldCase, macKey, parseAddress } from '../../values/index.ts'
import type { HostEntry } from '../entries.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import { isTopLevelDomain } from './top-level-domains.ts'

/**
 * Names that belong to no device: the asker, its master, the masters in order, node -1 and node -2; the machine that asks (RFC
 * 6761, and the names that distributions give it); and the owners of service records (RFC 2782), `_kickback._tcp` for one.
 */
const RESERVED =
  /^(?:self|master\d*|n-[12]|(?:.*\.)?localhost|localhost\.localdomain|ip6-(?:localhost|loopback)|_[^.]+\._(?:tcp|udp))$/i

/** True for a reserved host name: kickback itself answers it. Names that start with a dot are reserved too. */
export function isReservedName(name: string): boolean {
  return RESERVED.test(name) || name.startsWith('.')
}

/** Why a text cannot be a host name in /etc/hosts; undefined if it can. */
export function hostNameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (Buffer.byteLength(name) > 255) return 'is longer than 255 bytes'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is sought
  if (/[\s#\u0000-\u001f\u007f-\u009f]/u.test(name)) return 'holds white space, a control character or #'
  if (/^\.|\.\.|\.$/.test(name)) return 'starts or ends with a dot, or has two in a row'
  if (/^(?:.*\.)?\*(?:\..*)?$/.test(name)) return 'has a part that is *, which DNS takes for every name'
  if (parseAddress(name) !== undefined || /^(?:\d+|0x[\da-f]+)(?:\.(?:\d+|0x[\da-f]+))*$/i.test(name))
    return 'reads as an address'
  return undefined
}

/** Why DNS clients have trouble with a host name; undefined if they will not. */
export function dnsNameFault(name: string): string | undefined {
  if (name.length > 253) return 'is longer than the 253 bytes that DNS takes'
  if (/[^.]{64}/.test(name)) return 'has a part longer than the 63 bytes that DNS takes'
  if (!/^[a-z0-9-.]*$/i.test(name)) return 'has characters other than letters, digits and hyphens'
  return /(?:^|\.)-|-(?:\.|$)/.test(name) ? 'has a part that starts or ends with a hyphen' : undefined
}

function topLevelMessage(name: string): string {
  return `${quote(name)} is also a top-level domain: a machine that does not search the cluster's domain asks the Internet for it; use another name`
}

/** Reports what is wrong with a device's name; true when it can be used. */
export function checkHostName(word: Word, diagnostics: ConfigDiagnostics): boolean {
  const fault = hostNameFault(word.value)
  if (fault !== undefined) diagnostics.report('bad-name', word, `${quote(word)} is not a host name: it ${fault}`)
  else if (isReservedName(word.value)) {
    diagnostics.report('reserved-name', word, `${quote(word)} is reserved and cannot be the name of a device`)
  } else {
    const trouble = dnsNameFault(word.value)
    if (trouble !== undefined) diagnostics.report('name-not-dns', word, `${quote(word)} ${trouble}`)
    if (isTopLevelDomain(foldCase(word.value))) diagnostics.report('name-top-level', word, topLevelMessage(word.value))
    return true
  }
  return false
}

/** Reports a word that can name no service or interface; true when it can. */
export function checkPlainName(word: Word, what: string, diagnostics: ConfigDiagnostics): boolean {
  if (/^[^\s#\p{C}]{1,255}$/u.test(word.value)) return true
  diagnostics.report(
    'bad-name',
    word,
    `${quote(word)} cannot be the name of ${what}: it is empty, too long, or has characters that cannot be printed`,
  )
  return false
}

/** Reports a word that can name no netgroup, and so no class and no hostrange; true when it can. */
export function checkNetgroupName(word: Word, diagnostics: ConfigDiagnostics): boolean {
  if (/^[\p{L}\p{N}_][^\s#(),@"'\\\p{C}]*$/u.test(word.value) && Buffer.byteLength(word.value) <= 255) return true
  diagnostics.report(
    'bad-name',
    word,
    `${quote(word)} cannot be the name of a netgroup: it starts with a letter, a digit or _, and has no white space and none of # ( ) , @ " ' \\`,
  )
  return false
}

/**
 * Which device a host line is of: lines of one first name are one; a line without a name is the device of its MAC, else of
 * its address.
 */
export function hostKey(host: HostEntry): string {
  const [name] = host.names
  if (name !== undefined) return foldCase(name.value)
  return host.mac === undefined ? ` at ${addressKey(host.address)}` : ` ${macKey(host.mac)}`
}
