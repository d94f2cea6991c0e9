/** Asks the secondaries which serial they hold, so that a master that has lost its state continues from there. */
import { Resolver } from 'node:dns/promises'
import type { Secondary } from './settings.ts'

/** How long a secondary may take, in milliseconds: a start does not wait for one that is off. */
const PATIENCE = 1000

/**
 * The serials of a zone at its secondaries; those that do not answer, or not with a SOA of it, are left out. Nothing proves
 * them: whoever uses them bounds what they can do.
 */
export async function secondarySerials(secondaries: readonly Secondary[], zone: string): Promise<readonly number[]> {
  if (zone === '') return []
  const serials = await Promise.all(secondaries.map(({ endpoint }) => serialAt(endpoint, zone)))
  return serials.filter((serial) => serial !== undefined)
}

async function serialAt({ host, port }: Secondary['endpoint'], zone: string): Promise<number | undefined> {
  const resolver = new Resolver({ timeout: PATIENCE, tries: 1 })
  try {
    resolver.setServers([host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`])
    return (await resolver.resolveSoa(zone)).serial
  } catch {
    return undefined
  } finally {
    resolver.cancel()
  }
}
