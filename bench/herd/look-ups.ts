/** A program that asks a daemon one look-up after the other, until its parent has it tell how long each took: node look-ups.ts SOCKET USERS. */
import { setTimeout as pause } from 'node:timers/promises'
import { KickbackClient } from '../../src/kickback/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { now, spreadOf } from './figures.ts'

/** How long is waited between two, in milliseconds. */
const PAUSE = 5

const [path = '', users = '1'] = process.argv.slice(2)
const client = await KickbackClient.connect({ path }, { clock: monotonic, software: 'look-ups', timeout: 60_000 })
let taken: number[] = []
process.on('message', () => {
  process.send?.(spreadOf(taken))
  taken = []
})
process.on('disconnect', () => process.exit())
for (let at = 0; ; at = (at * 7919 + 13) % Number(users)) {
  const begun = now()
  if ((await client.lookup('passwd', `u${at}`)) === undefined) throw new Error(`no user u${at}`)
  taken.push(now() - begun)
  await pause(PAUSE)
}
