/** A transcript: the frames that went each way over a connection, as text, and who writes and plays it. */
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { FrameSplitter } from '../../src/kickback/wire/frames.ts'
import type { Fields } from '../../src/kickback/wire/message.ts'
import { REPLY_MAX } from '../../src/kickback/wire/protocol.ts'
import { folder, type Tap } from '../folder.ts'
import { framed } from '../kickback/framed.ts'
import type { Place } from '../sockets.ts'
import { messageOf } from './msgpack.ts'

/** One frame's body, and who sent it: `>` the client, `<` the service. */
export interface Said {
  readonly from: '>' | '<'
  readonly body: Buffer
}

/** What went over one connection, in order. */
export interface Exchange {
  /** What it is about: first words that tell the kind, then the case. */
  readonly title: string
  readonly said: readonly Said[]
}

/** The text of exchanges: a line `# TITLE`, then a line for each frame: who sent it, and its bytes in hex, the head apart. */
export function transcriptText(exchanges: readonly Exchange[]): string {
  const line = ({ from, body }: Said): string => {
    const hex = framed(body).toString('hex')
    return `${from} ${hex.slice(0, 8)} ${hex.slice(8)}\n`
  }
  return exchanges.map(({ title, said }) => `# ${title}\n${said.map(line).join('')}`).join('\n')
}

/** The exchanges of such a text. Throws where a line is neither. */
export function parseTranscript(text: string): readonly Exchange[] {
  return text.split('\n\n').map((part) => {
    const [title = '', ...lines] = part.trimEnd().split('\n')
    return { title: title.replace(/^# /, ''), said: lines.map(parseLine) }
  })
}

function parseLine(line: string): Said {
  const [, from, hex = ''] = /^([<>]) [0-9a-f]{8} ([0-9a-f]+)$/.exec(line) ?? []
  if (from !== '<' && from !== '>') throw new Error(`no line of a transcript: ${line.slice(0, 80)}`)
  return { from, body: Buffer.from(hex, 'hex') }
}

/** The messages of one side. */
export function messagesOf({ said }: Exchange, from: '>' | '<'): readonly Fields[] {
  return said.filter((one) => one.from === from).map(({ body }) => messageOf(body))
}

/** Calls `then` with each frame's body of a stream. */
export function eachBody(socket: Socket, then: (body: Buffer) => void): void {
  const splitter = new FrameSplitter(REPLY_MAX)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
    for (let body = splitter.next(); body !== undefined; body = splitter.next()) then(body)
  })
}

/** A socket whose connections go on to another one. */
export interface Relay<P extends Place = Place> {
  readonly place: P
  /** What was said since it was taken last, over all connections: as it was passed on. */
  readonly heard: () => readonly Said[]
  /** The same, which is then forgotten. */
  readonly take: () => readonly Said[]
}

/** A relay to a place, until the test ends: a Unix socket to one, a port of loopback to another. It passes on what `changed` makes of a body. */
export async function relay<P extends Place>(
  t: Tap,
  to: P,
  changed: (said: Said) => Buffer = ({ body }) => body,
): Promise<Relay<P>> {
  let heard: Said[] = []
  const ends: Socket[] = []
  const pass = (from: Said['from'], source: Socket, target: Socket): void => {
    eachBody(source, (came) => {
      const body = changed({ from, body: Buffer.from(came) })
      heard.push({ from, body })
      target.write(framed(body))
    })
    source.on('close', () => target.destroy())
  }
  const listening = createServer((socket) => {
    const upstream = connect(to)
    ends.push(socket, upstream)
    pass('>', socket, upstream)
    pass('<', upstream, socket)
  })
  const place = 'path' in to ? { path: join(folder(t), 'socket') } : { host: '127.0.0.1', port: 0 }
  await new Promise<void>((resolve) => listening.listen(place, resolve))
  t.teardown(() => {
    for (const end of ends) end.destroy()
    listening.close()
  })
  const take = (): readonly Said[] => {
    const all = heard
    heard = []
    return all
  }
  const at = 'path' in place ? place : { host: place.host, port: (listening.address() as { port: number }).port }
  return { place: at as P, heard: () => heard, take }
}
