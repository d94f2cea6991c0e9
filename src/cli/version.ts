/** The version of the program. */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The version in the package.json that this file belongs to, in src, in dist, and in the bundle of a distribution's package. */
export const VERSION: string = JSON.parse(readFileSync(findPackageJSON(import.meta.url) ?? '', 'utf8')).version
