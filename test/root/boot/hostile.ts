/** What strangers and broken machines do to the boot endpoint: tests that test/root/boot/endpoint.test.ts runs in a network namespace. */
import { truncateSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../../patience.ts'
import {
  type Answer,
  ask,
  bootMaster,
  boots,
  imageLines,
  MASTER,
  node,
  nodeLines,
  placesIn,
  scriptOf,
} from './client.ts'

const NODES = [3, 4, 5, 6]

/** A connection from an address, and all that came by it. */
function connection(t: Test, from: string): { socket: Socket; text: () => string } {
  const socket = connect({ ...MASTER, localAddress: from })
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return { socket, text: () => text }
}

/** Sends these bytes from a node; what is answered until the connection ends. */
async function said(t: Test, bytes: string, from = node(3).address): Promise<string> {
  const { socket, text } = connection(t, from)
  socket.write(bytes)
  await until(() => socket.closed, 'the connection ends')
  return text()
}

const CLOSE = 'host: x\r\nconnection: close\r\n\r\n'

t.test('what strangers and broken machines do holds up no node', async (t) => {
  const { scratch, daemon } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines(NODES, 'pxe')}`)
  const before = scratch.read('config')

  await t.test('a path leads nowhere but to what the plan names', async (t) => {
    const { mac } = node(3)
    const bad = [
      ...[
        '/../../etc/passwd',
        '//etc/passwd',
        `/file/${mac}/../../etc/passwd`,
        `/file/${mac}/kernel/../../../etc/passwd`,
      ],
      ...[
        `/file/${mac}/%2e%2e/%2e%2e/etc/passwd`,
        `/file/${mac}/kernel%00`,
        '/static/..%2f..%2fetc%2fpasswd',
        '/static/passwd',
      ],
      ...[
        '/image/etc/passwd',
        '/image//etc/passwd',
        `/image${scratch.path('kernel')}/../config`,
        `/image${scratch.path('config')}`,
      ],
      ...['/', '*', `/boot/${mac}?x`, 'http://10.20.30.1/etc/passwd'],
    ]
    for (const path of bad) {
      const text = await said(t, `GET ${path} HTTP/1.1\r\n${CLOSE}`)
      t.match(text, /^HTTP\/1\.1 40[034] /, path)
      t.notMatch(text, 'root:', path)
    }
  })

  await t.test('requests that are too large, or none, are refused', async (t) => {
    const huge = 'x'.repeat(20_000)
    t.match(await said(t, `GET /boot/${node(3).mac} HTTP/1.1\r\nhost: ${huge}\r\n\r\n`), /^HTTP\/1\.1 431 |^$/)
    t.match(await said(t, `GET /${huge} HTTP/1.1\r\n${CLOSE}`), /^HTTP\/1\.1 (?:431|404) /)
    t.match(await said(t, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
    t.match(await said(t, `\x16\x03\x01\x02\x00${'\x01'.repeat(200)}\r\n\r\n`), /^HTTP\/1\.1 400 /, 'TLS')
    const many = Array.from({ length: 500 }, (_, i) => `x${i}: y\r\n`).join('')
    t.match(await said(t, `GET /boot/${node(3).mac} HTTP/1.1\r\n${many}${CLOSE}`), /^HTTP\/1\.1 (?:200|431) /)
  })

  await t.test('requests that come together on one connection are answered in their order', async (t) => {
    const { mac, address } = node(4)
    const one = (path: string, more = '\r\n'): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}`
    const all = `${one(`/boot/${mac}`)}${one('/none')}${one(`/file/${mac}/kernel`, CLOSE.slice('host: x\r\n'.length))}`
    const text = await said(t, all, address)
    t.same(
      [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status),
      ['200', '404', '200'],
    )
    t.match(text, /k{1000}$/)
  })

  await t.test('an address that asks too often waits, and the others do not', async (t) => {
    const { mac, address } = node(5)
    const one = (more: string): string => `GET /boot/${mac} HTTP/1.1\r\nhost: x\r\n${more}\r\n`
    const text = await said(t, `${one('').repeat(99)}${one('connection: close\r\n')}`, address)
    const [, late = ''] = /HTTP\/1\.1 503 (.*?)\n(?=HTTP)/s.exec(text) ?? []
    t.match(late, /^retry-after: \d+\r$/im)
    t.match(late, /too many requests: ask again$/)
    t.match(await ask(node(6).address, `/boot/${node(6).mac}`), { status: 200 })
  })

  await t.test('who sends half a request is ended, and who sends nothing keeps nobody out', async (t) => {
    const slow = Array.from({ length: 200 }, (_, i) => connection(t, `10.21.0.${i + 1}`))
    for (const { socket } of slow) socket.write(`GET /boot/${node(3).mac} HTTP/1.1\r\nx-`)
    const idle: Socket[] = []
    for (let i = 0; i < 10_000; i++) {
      idle.push(connection(t, `10.21.${i % 4}.${1 + (Math.floor(i / 4) % 250)}`).socket)
      if (i % 500 === 499) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const many = Array.from({ length: 300 }, () => connection(t, '10.20.30.77').socket)
    t.match(await ask(node(6).address, `/boot/${node(6).mac}`), { status: 200 })
    await until(() => idle.filter(({ closed }) => closed).length >= 10_000 - 2048, 'the rest are ended')
    await until(() => many.filter(({ closed }) => closed).length >= 300 - 16, 'of one address a few stay')
    await until(() => slow.every(({ socket }) => socket.closed), 'half a request is no request')
    t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
    for (const socket of [...idle, ...many]) socket.destroy()
  })

  await t.test('of one address a few transfers go on, and the next one waits', async (t) => {
    truncateSync(scratch.path('initrd'), 300 * 1024 * 1024)
    const path = `/file/${node(3).mac}/initrd`
    const stalled = Array.from({ length: 4 }, () => {
      const { socket } = connection(t, node(3).address)
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
      socket.once('data', () => socket.pause())
      return socket
    })
    await until(() => stalled.every((socket) => socket.isPaused()), 'they have begun')
    const { status, headers } = await ask(node(3).address, path)
    t.match([status, headers['retry-after']], [503, /^\d+$/])
    t.match(await ask(node(4).address, `/file/${node(4).mac}/initrd`, { range: 'bytes=0-9' }), { status: 206 })
    for (const socket of stalled) socket.destroy()
    await until(
      async () => (await ask(node(3).address, path, { range: 'bytes=0-9' })).status === 206,
      'there is room again',
    )
  })

  await t.test('a file that becomes shorter while it is sent ends the connection', async (t) => {
    const ended = new Promise<string>((resolve) => {
      const options = { ...MASTER, path: `/file/${node(6).mac}/initrd`, localAddress: node(6).address, agent: false }
      request(options, (response) => {
        truncateSync(scratch.path('initrd'), 1000)
        response.on('error', ({ message }) => resolve(message))
        response.on('end', () => resolve('whole'))
        response.resume()
      }).end()
    })
    t.match(await ended, 'aborted')
  })

  await t.test('after all that nodes boot, and nothing has moved that did not boot', async (t) => {
    t.equal(scratch.read('config'), before)
    const answer: Answer = await boots(node(6))
    t.match(answer, { status: 200, body: /boots stage local next/ })
    const { kernel } = placesIn(await scriptOf(node(4)))
    t.ok(kernel)
    const { stdout } = await scratch.ask('status', '--json')
    t.same(JSON.parse(stdout).failures ?? {}, {}, 'no unexpected error')
    t.notMatch(daemon.stderr, /boot process ended/)
  })
})
