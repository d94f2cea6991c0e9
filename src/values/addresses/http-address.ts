/** Addresses of HTTP servers: a numeric address, a port, and a path before all paths. Names are never resolved. */
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts'

/** Where an HTTP server is. */
export interface HttpAddress {
  readonly endpoint: Endpoint
  /** What comes before each path: empty, or `/` and a name, without the final `/`. */
  readonly prefix: string
}

/** The longest that is read, in characters. */
const LENGTH_MAX = 200
/** The port of HTTP (RFC 9110, 4.2.1). */
const USUAL_PORT = 80
const URL_TEXT = /^http:\/\/([^/?#@]+)((?:\/[A-Za-z0-9._~-]+)*)\/?$/

/** Reads `http://10.0.0.5`, `http://10.0.0.5:3128` or `http://[fd00::5]/kickback`. Undefined for anything else. */
export function parseHttpAddress(text: string): HttpAddress | undefined {
  const [, authority, prefix = ''] = (text.length <= LENGTH_MAX && URL_TEXT.exec(text)) || []
  const endpoint = authority === undefined ? undefined : parseEndpoint(authority, USUAL_PORT)
  return endpoint === undefined || endpoint.port === 0 ? undefined : { endpoint, prefix }
}

/** The address as people write it. */
export function formatHttpAddress({ endpoint, prefix }: HttpAddress): string {
  return `http://${formatEndpoint(endpoint)}${prefix}`
}
