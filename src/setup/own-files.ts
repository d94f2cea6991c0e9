/** The guides, examples and units of this installation, by the paths at which people find them on this machine. */
import { existsSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'

/** The folder of the program: a checkout, what npm installed, or /usr/lib/kickback. */
const HOME = dirname(findPackageJSON(import.meta.url) ?? '/')

/** Where the packages of a distribution have what a checkout has in these folders; other folders they do not have. */
const OF_PACKAGES: Readonly<Record<string, string>> = {
  docs: '/usr/share/doc/kickback-common/docs',
  examples: '/usr/share/doc/kickback-common/examples',
}

/**
 * The path on this machine of a file that has this path in a checkout, as `docs/config.md`; undefined where this installation does not
 * have it: a message must not name a file that is not there.
 */
export function ownFile(path: string, home = HOME, has: (path: string) => boolean = existsSync): string | undefined {
  const [folder = '', ...rest] = path.split('/')
  const packaged = OF_PACKAGES[folder]
  const places = [join(home, path), ...(packaged === undefined ? [] : [join(packaged, ...rest)])]
  return places.find(has)
}
