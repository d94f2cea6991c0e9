/** Makes the program of `kickback query` for the checkout: checkout-query.ts FOLDER. */
import { mkdirSync, rmSync } from 'node:fs'
import { bundleQuery } from './query.ts'

const [folder = ''] = process.argv.slice(2)
if (folder === '') throw new Error('usage: checkout-query.ts FOLDER')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
await bundleQuery(folder)
