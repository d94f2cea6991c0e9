/** What may stand in a file of dnsmasq: nothing from the configuration or the settings can add an option or a line. */

/** A value that cannot be written into a file of dnsmasq. The message says which, and what may be in it. */
export class DhcpTextError extends Error {
  override readonly name = 'DhcpTextError'
}

/** Words of dnsmasq's dhcp-host that are no name, and times of a lease. */
const OPTION_WORDS = /^(?:ignore|infinite|\d+[smhdw]?)$/i
/** A label of a host name (RFC 1123, 2.1). */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,14}$/
/** Of a path nothing that ends a value, begins a comment, or quotes. */
const PATH = /^\/[A-Za-z0-9_./+@:=~-]{0,400}$/

/** The name, where dnsmasq takes it as a name and as nothing else; undefined where it does not. */
export function hostText(name: string | undefined): string | undefined {
  if (name === undefined || OPTION_WORDS.test(name)) return undefined
  return LABEL.test(name) ? name : undefined
}

/** The name of a network interface. Throws DhcpTextError. */
export function interfaceText(name: string): string {
  if (INTERFACE.test(name)) return name
  throw new DhcpTextError(`${JSON.stringify(name)} cannot be the name of an interface with DHCP`)
}

/** A path. Throws DhcpTextError. */
export function pathText(path: string): string {
  if (PATH.test(path)) return path
  throw new DhcpTextError(
    `dnsmasq cannot use the path ${JSON.stringify(path)}: it may have letters, digits and _ . / + @ : = ~ -`,
  )
}

/** The domain. Throws DhcpTextError. */
export function domainText(domain: string): string {
  if (domain.split('.').every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label))) return domain
  throw new DhcpTextError(`dnsmasq cannot use the domain ${JSON.stringify(domain)}`)
}
