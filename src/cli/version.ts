/** The version of the program. */
import { readFileSync } from 'node:fs'

/** The version in package.json, which is two folders above both src/cli and dist/cli. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
