/** perfdhcp(8) of Kea: a relay with the machines of a cluster behind it, which ask for addresses at a rate, or all at once. */
import { spawn } from 'node:child_process'
import { FIRST_MAC, inNamespace, MASTER, NODES, RELAY } from './site.ts'

/** What a run at a rate was like. */
export interface Paced {
  /** Exchanges of four messages that were completed, a second. */
  readonly rate: number
  /** The mean time of an exchange, in milliseconds. */
  readonly delay: number
  /** The part of the discovers that got no answer. */
  readonly lost: number
}

/** Exchanges at a rate, for some seconds, with all machines by turns. */
export async function paced(namespace: string, rate: number, seconds: number): Promise<Paced> {
  const said = await run(namespace, '-R', String(NODES), '-r', String(rate), '-p', String(seconds))
  const delays = [...said.matchAll(/^avg delay: ([\d.]+) ms$/gm)].map(([, ms]) => Number(ms))
  const [lost = Number.NaN] = [...said.matchAll(/^drops ratio: ([\d.]+) %$/gm)].map(([, part]) => Number(part) / 100)
  return { rate: figure(said, /^Rate: ([\d.]+) 4-way/m), delay: delays.reduce((sum, one) => sum + one, 0), lost }
}

/** So many machines ask in the same moment, and again until each has its address: how long that takes, in milliseconds. */
export async function storm(namespace: string, machines: number): Promise<number> {
  const said = await run(namespace, '-R', String(machines), '--scenario', 'avalanche')
  const [, hours, minutes, seconds] = /^It took (\d+):(\d+):([\d.]+) to provision/m.exec(said) ?? []
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}

function figure(said: string, pattern: RegExp): number {
  const found = pattern.exec(said)?.[1]
  if (found === undefined) throw new Error(`perfdhcp did not say ${pattern}:\n${said.slice(-2000)}`)
  return Number(found)
}

/** It exits with 3 where an exchange was not completed, which is a figure here. */
function run(namespace: string, ...words: readonly string[]): Promise<string> {
  const [program = '', ...line] = inNamespace(namespace, [
    'perfdhcp',
    '-4',
    '-l',
    RELAY,
    '-b',
    `mac=${FIRST_MAC}`,
    ...words,
    MASTER,
  ])
  return new Promise((resolve, reject) => {
    const child = spawn(program, line, { stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}
