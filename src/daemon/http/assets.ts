/** The files of the page, as they are given to browsers: read once, before the process gives up its rights. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The files by their paths, with their media types. */
const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  '/main.js': ['main.js', 'text/javascript; charset=utf-8'],
  '/asking.js': ['asking.js', 'text/javascript; charset=utf-8'],
  '/elements.js': ['elements.js', 'text/javascript; charset=utf-8'],
  '/counts.js': ['counts.js', 'text/javascript; charset=utf-8'],
  '/details.js': ['details.js', 'text/javascript; charset=utf-8'],
  '/search.js': ['search.js', 'text/javascript; charset=utf-8'],
  '/node-map.js': ['node-map.js', 'text/javascript; charset=utf-8'],
  '/node-set.js': ['node-set.js', 'text/javascript; charset=utf-8'],
} as const

/** A file of the page. */
export interface Asset {
  readonly type: string
  readonly bytes: Buffer
}

/** Reads them; package.json says where they lie. Throws the system's error where one is missing. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const index = createRequire(import.meta.url).resolve('#page/index.html')
  return new Map(
    Object.entries(FILES).map(([path, [name, type]]) => [path, { type, bytes: readFileSync(join(index, '..', name)) }]),
  )
}
