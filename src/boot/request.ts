/** What is asked of the boot endpoint: the address of a request, taken apart. No path of a file is ever in it. */
import { formatMac, parseMac } from '../values/index.ts'
import type { BootImage } from './progress/tickets.ts'

/** A request. MACs are as formatMac gives them. */
export type BootRequest =
  /** `/boot/MAC`, and `/boot/MAC/again` from a script that starts anew. */
  | { readonly kind: 'script'; readonly mac: string; readonly isAgain: boolean }
  /** `/file/MAC/kernel/TICKET`; without a ticket it is sent, and counts for nothing. */
  | { readonly kind: 'image'; readonly mac: string; readonly image: BootImage; readonly ticket: string }
  /** `/image/PATH`, from a node that another master sent a script: its own plan here must name that path. */
  | { readonly kind: 'named'; readonly path: string }
  /** `/sent/MAC/STAGE/TICKET` */
  | { readonly kind: 'sent'; readonly mac: string; readonly stage: string; readonly ticket: string }
  /** `/installed/MAC/TICKET` */
  | { readonly kind: 'installed'; readonly mac: string; readonly ticket: string }
  /** `/static/NAME` */
  | { readonly kind: 'program'; readonly name: string }

/** How long an address may be, in characters. */
const LENGTH_MAX = 1024
const TICKET = /^[0-9a-f]{32}$/
/** Where images are that a plan names by their paths. */
const NAMED = '/image/'

/** What the address of a request asks for; undefined for one that there is not. */
export function parseBootRequest(url: string): BootRequest | undefined {
  if (url.length > LENGTH_MAX || !url.startsWith('/') || url.endsWith('/')) return undefined
  if (url.startsWith(NAMED)) return namedImage(url.slice(NAMED.length - 1))
  const [, what, first = '', ...rest] = url.split('/')
  if (what === 'static') return rest.length === 0 ? { kind: 'program', name: first } : undefined
  const mac = macOf(first)
  return mac === undefined ? undefined : ofMac(what, mac, rest)
}

function ofMac(
  what: string | undefined,
  mac: string,
  [a = '', b = '', ...more]: readonly string[],
): BootRequest | undefined {
  if (more.length > 0) return undefined
  const isTicket = TICKET.test(b)
  switch (what) {
    case 'boot':
      return b === '' && (a === '' || a === 'again') ? { kind: 'script', mac, isAgain: a === 'again' } : undefined
    case 'file':
      if (a !== 'kernel' && a !== 'initrd') return undefined
      return b === '' || isTicket ? { kind: 'image', mac, image: a, ticket: b } : undefined
    case 'sent':
      if (a !== 'pxe' && a !== 'local') return undefined
      return b === '' || isTicket ? { kind: 'sent', mac, stage: a, ticket: b } : undefined
    case 'installed':
      return b === '' && (a === '' || TICKET.test(a)) ? { kind: 'installed', mac, ticket: a } : undefined
  }
  return undefined
}

/** `0:a0:d1:e9:87:ca` of a MAC as iPXE writes it in an address: with hyphens, or with colons that are escaped or not. */
function macOf(text: string): string | undefined {
  const mac = parseMac(text.replace(/%3a/gi, ':'))
  return mac && formatMac(mac)
}

function namedImage(escaped: string): BootRequest | undefined {
  try {
    return { kind: 'named', path: decodeURIComponent(escaped) }
  } catch {
    return undefined
  }
}
