// The routes of the page as a program on the network asks them: who gets what, and what each answer says of its use.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { HttpServer } from '../../../src/daemon/http/http-server.ts'
import { Pages } from '../../../src/daemon/http/pages.ts'
import { handlers } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'

const COUNTS = { role: 'master', software: 'kickback 0', uptime: 1, generation: 7, attention: [] }
const TOKEN = randomBytes(32).toString('hex')
const SESSION = { cookie: randomBytes(32).toString('hex'), key: randomBytes(32).toString('hex'), lasts: 60 }

type Headers = Readonly<Record<string, string>>

/** What was answered. */
interface Reply {
  readonly code: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** A page whose daemon is the test; what that was asked. */
async function pages(t: Test) {
  const asked: string[] = []
  const clock = new HandClock()
  let isOpen = true
  const ask = async (what: string, of: Headers = {}): Promise<object> => {
    asked.push([what, ...Object.values(of)].join(' '))
    if (what === 'view') return { counts: COUNTS, totals: { kickback: 5 }, names: ['head', 'head.cluster.internal'] }
    if (what === 'enter') return of.token === TOKEN ? SESSION : { denied: true }
    return isOpen ? { told: what } : { denied: true }
  }
  const assets = new Map([['/', { type: 'text/html', bytes: Buffer.from('page') }]])
  const made = new Pages({ ask, assets, clock })
  made.granted(createHash('sha256').update(TOKEN).digest('hex'))
  const server = await HttpServer.start({ host: '127.0.0.1', port: 0 }, (...both) => made.answer(...both))
  t.teardown(async () => {
    made.close()
    await server.close()
  })
  const { port } = server
  const get = (path: string, headers: Headers = {}, method = 'GET', body = ''): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const own = { host: `127.0.0.1:${port}`, ...headers }
      const sent = request({ host: '127.0.0.1', port, path, method, headers: own, agent: false }, async (response) => {
        let text = ''
        for await (const part of response) text += String(part)
        resolve({ code: response.statusCode ?? 0, headers: response.headers, body: text })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  const enter = (token: string, headers: Headers = { origin: `http://127.0.0.1:${port}` }) =>
    get('/session', headers, 'POST', token)
  const inSession: Headers = { cookie: `kickback-${port}=${SESSION.cookie}`, 'x-kickback-key': SESSION.key }
  const close = (): void => {
    isOpen = false
  }
  return { asked, clock, port, get, enter, inSession, close }
}

t.test('everybody gets the page and counts, with headers that let nobody else use them', async (t) => {
  const { get } = await pages(t)
  const page = await get('/')
  t.match(page, { code: 200, body: 'page' })
  t.match(page.headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';/)
  t.notMatch(page.headers['content-security-policy'], /unsafe|\*|data:/)
  t.match(page.headers['content-security-policy'], /frame-ancestors 'none'/)
  t.match(page.headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  t.equal(page.headers['access-control-allow-origin'], undefined)
  const status = await get('/status.json', { origin: 'http://other.example' })
  t.equal(status.headers['access-control-allow-origin'], undefined)
  t.match(JSON.parse(status.body), { generation: 7, doors: [{ name: 'kickback', total: 5 }] })
  for (const path of ['/nothing', '/../etc/passwd', '/%2e%2e/x', '/__proto__', '/constructor'])
    t.equal((await get(path)).code, 404, path)
})

t.test('who asks by a name that is not of this machine gets nothing, whatever it looks like', async (t) => {
  const { get, port, enter, asked } = await pages(t)
  for (const host of [
    '127.0.0.1',
    `localhost:${port}`,
    '[::1]',
    'LOCALHOST.',
    'head',
    'head.cluster.internal:1',
    'Head.',
  ])
    t.equal((await get('/', { host })).code, 200, host)
  const foreign = [
    'rebound.example',
    '192.0.2.1',
    'localhost.evil.example',
    'evil.example@127.0.0.1',
    '127.0.0.1.nip.io',
  ]
  for (const host of [...foreign, 'head:head', '[head]', 'x'.repeat(400)]) {
    t.equal((await get('/', { host })).code, 421, host)
    t.equal((await get('/status.json', { host })).code, 421, host)
    t.equal((await enter(TOKEN, { host, origin: `http://${host}` })).code, 421, host)
  }
  t.notOk(asked.some((one) => one.startsWith('enter')))
})

t.test('names are for a session alone: cookie and key', async (t) => {
  const { get, enter, inSession, asked, close } = await pages(t)
  const paths = ['/details.json', '/explain.json?typed=n15', '/node.json?number=15']
  for (const path of paths) t.equal((await get(path, inSession)).code, 401, 'before')
  const entered = await enter(TOKEN)
  t.same(JSON.parse(entered.body), { key: SESSION.key, lasts: 60 })
  t.match(entered.headers['set-cookie'], [
    /^kickback-\d+=[0-9a-f]{64}; Path=\/; Max-Age=60; HttpOnly; SameSite=Strict$/,
  ])
  t.notMatch(entered.body, SESSION.cookie)
  for (const path of paths) {
    t.equal((await get(path, inSession)).code, 200, path)
    t.equal((await get(path)).code, 401)
    t.equal((await get(path, { cookie: inSession.cookie ?? '' })).code, 401, 'the cookie alone')
    t.equal((await get(path, { 'x-kickback-key': SESSION.key })).code, 401, 'the key alone')
    t.equal((await get(path, { ...inSession, 'sec-fetch-site': 'same-site' })).code, 403, 'a page of another port')
    t.equal((await get(path, { ...inSession, 'sec-fetch-site': 'cross-site' })).code, 403)
  }
  t.match(asked, [/./, /^details /].slice(2))
  t.ok(asked.includes(`explain n15 ${SESSION.cookie} ${SESSION.key}`), 'the daemon judges the session itself')
  close()
  t.match(await get('/details.json', inSession), { code: 401, body: /kickback status --page/ }, 'it has ended there')
})

t.test('a token is taken once, in a body, from this very page', async (t) => {
  const { enter, get, asked, port } = await pages(t)
  const origin = `http://127.0.0.1:${port}`
  for (const headers of [
    {},
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${port + 1}` },
  ])
    t.equal((await enter(TOKEN, headers as Headers)).code, 403, JSON.stringify(headers))
  t.equal((await enter(TOKEN, { origin, 'sec-fetch-site': 'cross-site' })).code, 403)
  for (const token of ['', 'x', '0'.repeat(64), TOKEN.toUpperCase(), `${TOKEN}0`, TOKEN.repeat(1000)])
    t.equal((await enter(token)).code, 401, token.slice(0, 70))
  t.equal((await get(`/session?token=${TOKEN}`)).code, 404)
  t.notOk(
    asked.some((one) => one.startsWith('enter')),
    'no stranger makes the daemon look at a token',
  )
  t.equal((await enter(TOKEN)).code, 200)
  t.equal((await enter(TOKEN)).code, 401, 'a second time')
})

t.test('it only reads', async (t) => {
  const { get } = await pages(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
    t.match(await get('/', {}, method), { code: 405, headers: { allow: 'GET, HEAD' } }, method)
  t.match(await get('/', {}, 'HEAD'), { code: 200, body: '' })
})

t.test('a flood of questions asks the daemon for counts once, and for names at a bounded rate', async (t) => {
  const { get, enter, inSession, asked, clock } = await pages(t)
  await enter(TOKEN)
  await Promise.all(Array.from({ length: 50 }, () => get('/status.json')))
  t.same(asked.filter((one) => one === 'view').length, 1)
  const codes = await Promise.all(Array.from({ length: 40 }, () => get('/explain.json?typed=a', inSession)))
  t.same(codes.filter(({ code }) => code === 200).length, 20)
  t.same(codes.filter(({ code }) => code === 429).length, 20)
  clock.turn(1000)
  t.equal((await get('/explain.json?typed=a', inSession)).code, 200, 'a second later it goes on')
})

t.test('slow, large, many and pipelined requests of strangers end nothing', async (t) => {
  const { get, port } = await pages(t)
  const closed: Promise<unknown>[] = []
  const connected: Promise<unknown>[] = []
  const open = (text: string): void => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.resume()
    socket.write(text)
    closed.push(new Promise((resolve) => socket.on('close', resolve)))
    connected.push(once(socket, 'connect'))
  }
  const head = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n'
  open(`${head}X-Header: ${'x'.repeat(20_000)}\r\n\r\n`)
  open(`${head}${'X-Header: many\r\n'.repeat(3000)}\r\n`)
  open(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  open('\x16\x03\x01\x00\x00')
  open(`${`${head}\r\n`.repeat(5000)}`)
  for (let i = 0; i < 100; i++) open(head)
  await Promise.all(connected)
  t.equal((await get('/')).code, 200)
  t.equal((await get('/status.json')).code, 200)
  await Promise.all(closed)
  t.equal((await get('/')).code, 200, 'after those that sent half a request were ended for it')
})

t.test('nothing that a stranger sends is an unexpected error', async (t) => {
  const { port, enter } = await pages(t)
  const before = new Map(handlers.failures)
  const head = `Host: 127.0.0.1:${port}\r\n`
  const sent = async (text: string, isCut = false): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    let got = ''
    socket.on('data', (bytes) => {
      got += bytes
    })
    socket.on('error', () => {})
    const ended = once(socket, 'close')
    socket.write(text)
    if (isCut) socket.end()
    await ended
    return got
  }
  for (const target of [
    '//',
    '//[',
    '///',
    '/%',
    '/..//',
    'http://[',
    'http://a:b/',
    'http://',
    'http://other.example/',
    '*',
  ])
    t.match(await sent(`GET ${target} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`), /^HTTP\/1.1 404 /, target)
  const post = `POST /session HTTP/1.1\r\n${head}Origin: http://127.0.0.1:${port}\r\n`
  await sent(`${post}Content-Length: 64\r\n\r\nabc`, true)
  await sent(`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)
  t.equal((await enter(TOKEN)).code, 200)
  t.same(handlers.failures, before)
})
