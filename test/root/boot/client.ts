// A node that boots, as iPXE does it: it asks by HTTP from its own address, and does what its script says.

import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { type Running, Scratch } from '../../cli/scratch.ts'
import type { Tap } from '../../folder.ts'

/** Where the master answers. */
export const MASTER = { host: '10.20.30.1', port: 3048 }
/** The nodes that the tests boot: number 15 is that of the guide. */
export const MACS = ['00-A0-D1-C4-70-00', '00-A0-D1-C4-71-00'] as const

/** An answer. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly bytes: Buffer
}

/** Asks from an address. */
export function ask(
  from: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...MASTER, path, headers, method, localAddress: from, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(parts)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString('latin1') })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** The addresses in a script, each after its command. */
export function placesIn(script: string): {
  kernel?: string
  initrd?: string
  report?: string
  again?: string
  installed?: string
} {
  const path = (pattern: RegExp) => pattern.exec(script)?.[1]
  const found = {
    kernel: path(/^kernel --name kernel http:\/\/[^/]+(\S+)/m),
    initrd: path(/^initrd --name \S+ http:\/\/[^/]+(\S+)/m),
    report: path(/^imgfetch --name report http:\/\/[^/]+(\S+)/m),
    again: path(/^chain --replace --autofree http:\/\/[^/]+(\S+)/m),
    installed: path(/kickback\.installed=http:\/\/[^/]+(\S+)/),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** A node, and its card. */
export interface Node {
  readonly address: string
  readonly mac: string
}

/** The number of a node of the tests, with its address and card. */
export function node(number: number): Node {
  return { address: `10.20.30.${100 + number}`, mac: `00-a0-d1-00-00-${number.toString(16).padStart(2, '0')}` }
}

/** Asks for the script of a node. */
export async function scriptOf({ address, mac }: Node, again = ''): Promise<string> {
  const { status, body } = await ask(address, `/boot/${mac}${again}`)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return body
}

/** Loads what a script says, without the report. */
export async function loaded(one: Node, script: string): Promise<ReturnType<typeof placesIn>> {
  const places = placesIn(script)
  for (const path of [places.kernel, places.initrd]) {
    if (path === undefined) continue
    const { status, body } = await ask(one.address, path)
    if (status !== 200) throw new Error(`${path}: ${status}: ${body}`)
  }
  return places
}

/** Boots once, as a node does that nothing befalls: what its report is answered with. */
export async function boots(one: Node): Promise<Answer> {
  const { report = '' } = await loaded(one, await scriptOf(one))
  return ask(one.address, report)
}

/** A master that boots nodes, and the folder of its files. */
export interface BootMaster {
  readonly scratch: Scratch
  readonly daemon: Running
  /** Ends it, and starts it again. */
  readonly restart: (signal?: NodeJS.Signals) => Promise<void>
}

/** A master of a cluster with these lines, and nodes 0 to 31 of the guide; its images are in the folder. */
export function bootMaster(t: Tap, lines: (dir: string) => string, ...more: readonly string[]): Promise<BootMaster> {
  const head = `nodes 32\niprange 10.20.30.100 10.20.30.131\ninterface lo ${MASTER.host} 255.255.255.0\n`
  return bootMasterOf(t, (dir) => `${head}${lines(dir)}`, ...more)
}

/** A master with this configuration. */
export async function bootMasterOf(
  t: Tap,
  config: (dir: string) => string,
  ...more: readonly string[]
): Promise<BootMaster> {
  const scratch = new Scratch(t)
  // The process that sends images is no user of this folder.
  chmodSync(scratch.dir, 0o755)
  writeFileSync(scratch.path('kernel'), Buffer.alloc(300_000, 'k'))
  writeFileSync(scratch.path('initrd'), Buffer.alloc(700_001, 'i'))
  scratch.write('config', config(scratch.dir))
  const flags = ['--boot', '--boot-dhcp', 'off', ...more]
  let daemon = await scratch.serve(...flags)
  await daemon.logged('answering nodes that boot')
  return {
    scratch,
    get daemon() {
      return daemon
    },
    restart: async (signal = 'SIGTERM') => {
      await daemon.end(signal)
      daemon = await scratch.serve(...flags)
      await daemon.logged('answering nodes that boot')
    },
  }
}

/** Lines of nodes with these numbers, at this stage of `pxe+local`. */
export function nodeLines(numbers: readonly number[], stage: string, name = 'install'): string {
  return numbers.map((number) => `node ${number} ${name} pxe+local ${stage} ${node(number).mac} # rack\n`).join('')
}

/** The lines that give all nodes the images of a folder. */
export function imageLines(dir: string): string {
  return `kernelimage ${dir}/kernel\ninitrdimage ${dir}/initrd\nkernelcommandline rw quiet\n`
}

/** Adds a line to the configuration. */
export function addLine(scratch: Scratch, line: string): void {
  appendFileSync(scratch.path('config'), line)
}
