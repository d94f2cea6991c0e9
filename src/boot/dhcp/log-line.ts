/** What a line of dnsmasq's log says. */
import { type Mac, parseMac, printable } from '../../values/index.ts'

/** The kinds of lines that are acted on. */
type LogLine =
  /** A machine that is not in the configuration asked. */
  | { readonly kind: 'stranger'; readonly mac: Mac; readonly on: string }
  /** It is ready. */
  | { readonly kind: 'started' }
  /** It cannot go on, or wants somebody to know. */
  | { readonly kind: 'trouble'; readonly text: string }
  /** A machine that is in the configuration wants the address that another server offered it. */
  | { readonly kind: 'elsewhere' }
  /** A machine has its address. */
  | { readonly kind: 'given' }

/** The longest text that is passed on, in characters. */
const TEXT_MAX = 300
/** `Nov 28 07:03:38 dnsmasq-dhcp[4162]: text` */
const LINE = /^\w{3} [ \d]\d [\d:]{8} dnsmasq(?:-\w+)?\[\d+\]: (.*)$/
const IGNORED =
  /^(?:\d+ )?DHCP(?:DISCOVER|REQUEST|INFORM)\(([^)]{1,40})\) (?:[\d.]+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) {1,2}ignored$/
/** What a server with dhcp-authoritative says to a machine that took the offer of another one. */
const ELSEWHERE = /^(?:\d+ )?DHCPNAK\([^)]{1,40}\) [\d.]+ (?:[0-9a-f]{2}:){5}[0-9a-f]{2} wrong server-ID$/
const TROUBLE = /failed|cannot|error|not giving|duplicate|leased to|in use|no address range|bad |inaccessible|FAILED/i
/** Of a machine that gave up before the end of a transfer, as firmware does after it has asked for the size; and of a dnsmasq that may give no files away. */
const USUAL = /^(?:error \d|failed sending|chown of PID file|warning: failed to change owner)/

/** Reads a line; undefined for one that says nothing to act on. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, text] = LINE.exec(line) ?? []
  if (text === undefined) return undefined
  const [, on, macText = ''] = IGNORED.exec(text) ?? []
  const mac = parseMac(macText)
  if (on !== undefined && mac !== undefined) return { kind: 'stranger', mac, on: printable(on) }
  if (/^(?:\d+ )?DHCPACK\(/.test(text)) return { kind: 'given' }
  if (ELSEWHERE.test(text)) return { kind: 'elsewhere' }
  if (/^started, version /.test(text)) return { kind: 'started' }
  if (/^(?:\d+ )?DHCP[A-Z]+\(/.test(text) && !/not giving|leased to|no address range/.test(text)) return undefined
  if (!TROUBLE.test(text) || USUAL.test(text)) return undefined
  return { kind: 'trouble', text: printable(text).slice(0, TEXT_MAX) }
}
