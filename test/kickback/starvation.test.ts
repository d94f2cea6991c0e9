// Clients that keep the service busy, against one that asks as the module does: a new connection, one question, one second.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Place } from '../../src/kickback/transport/link.ts'
import { folder, type Tap } from '../folder.ts'
import { client } from './cluster.ts'

/** What the module waits for an answer, in milliseconds. */
const PATIENCE = 1000
const QUESTIONS = 30

async function child(t: Tap, program: string, ...args: string[]): Promise<ChildProcess> {
  const made = fork(join(import.meta.dirname, program), args)
  t.teardown(() => made.kill('SIGKILL'))
  return made
}

/** A master in a process of its own, with many users. */
async function master(t: Tap, where: string): Promise<Place> {
  const made = await child(t, 'master.ts', '', where)
  const [{ place }] = (await once(made, 'message')) as [{ place: Place }]
  made.send({ generation: 1, users: 20_000 })
  await once(made, 'message')
  return place
}

async function flood(t: Tap, place: Place, connections: number): Promise<void> {
  const made = await child(t, 'flood.ts', 'path' in place ? place.path : String(place.port), String(connections))
  await once(made, 'message')
}

/** Asks so many questions over as many connections, one after the other. Rejects where one is not answered in time. */
async function lookUps(t: Tap, place: Place): Promise<void> {
  for (let i = 1; i <= QUESTIONS; i++) {
    const one = await client(t, place, { timeout: PATIENCE })
    if ((await one.lookup('passwd', `user${i}`)) === undefined) throw new Error(`user${i} is missing`)
    one.close()
  }
}

t.test('64 connections that enumerate without end cost no look-up over a new connection its second', async (t) => {
  const place = await master(t, join(folder(t), 'socket'))
  await flood(t, place, 64)
  await t.resolves(lookUps(t, place))
})

t.test('500 connections that enumerate without end cost none either', async (t) => {
  const place = await master(t, join(folder(t), 'socket'))
  await flood(t, place, 500)
  await t.resolves(lookUps(t, place))
})

t.test('by TCP the connections of one address cost no look-up from another its second', async (t) => {
  const place = await master(t, '0')
  await flood(t, place, 30)
  await t.resolves(lookUps(t, place))
})
