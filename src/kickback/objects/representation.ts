/** Which representation of an object a request asks for, and which part of it (RFC 9110: content negotiation, conditions, ranges). */
import type { IncomingHttpHeaders } from 'node:http'
import { CODINGS, type Coding } from './bodies.ts'

/** The bytes of a representation that are sent: from the first one to before the last. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** The coding that the header Accept-Encoding asks for. One that is not named is not sent. */
export function codingFor(accepted: string | undefined): Coding {
  const named = new Set<string>()
  for (const one of (accepted ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = one.split(';').map((word) => word.trim())
    if (!parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) named.add(name)
  }
  return CODINGS.find((coding) => named.has(coding)) ?? 'identity'
}

/** The strong validator of a representation: its bytes never change. */
export function etagOf(name: string, coding: Coding): string {
  return coding === 'identity' ? `"${name}"` : `"${name}-${coding}"`
}

/** Whether the asker has it already (If-None-Match). */
export function isHeld({ 'if-none-match': held }: IncomingHttpHeaders, etag: string): boolean {
  const names = (held ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return names.includes(etag) || names.includes('*')
}

/**
 * The part that a request asks for: all of it where it names no range, several, or one of another state (If-Range); undefined where its range
 * is not satisfiable.
 */
export function partFor(headers: IncomingHttpHeaders, etag: string, length: number): Part | undefined {
  const all = { from: 0, to: length }
  const { range, 'if-range': state } = headers
  if (range === undefined || (state !== undefined && state !== etag)) return all
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range.trim()) ?? []
  if (first === '' && last === '') return all
  if (first === '') return Number(last) === 0 ? undefined : { from: Math.max(0, length - Number(last)), to: length }
  const [from, to] = [Number(first), last === '' ? length : Math.min(length, Number(last) + 1)]
  if (last !== '' && Number(last) < from) return all
  return from < length ? { from, to } : undefined
}
