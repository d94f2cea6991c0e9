// A master or a proxy for a machine: `master PORT` or `proxy HOST PORT FOLDER`. A line on stdin is a generation for the master to publish.
// Says on stdout what happens. The proxy's time runs ten times as fast, so that a heartbeat comes every three seconds.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { KickbackProxy } from '../../src/daemon/proxy.ts'
import { Trust } from '../../src/kickback/node/trust.ts'
import { KickbackServer } from '../../src/kickback/service/server.ts'
import { quick } from '../clocks.ts'
import { heard } from '../daemon/fronts/heard.ts'
import { bare, logOf, publicSnapshot } from '../kickback/cluster.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function master(port: number): Promise<void> {
  const server = new KickbackServer({ ...bare(), policy: { allow: [] } })
  server.serve(publicSnapshot(1))
  await server.listen('network', { host: '0.0.0.0', port })
  say('listening')
  createInterface({ input: process.stdin }).on('line', (line) =>
    server.serve(publicSnapshot(Number(line), 5 + Number(line))),
  )
}

async function proxy(host: string, port: number, folder: string): Promise<void> {
  mkdirSync(folder, { mode: 0o755 })
  let state = ''
  const one = await KickbackProxy.start({
    masters: [{ host, port }],
    trust: new Trust({ key: undefined }),
    ids: { uidMin: 100, gidMin: 100, users: [], groups: [] },
    runDir: join(folder, 'run'),
    stateDir: join(folder, 'state'),
    software: 'proxy',
    pid: process.pid,
    uid: 0,
    clock: quick,
    log: logOf(),
    random: Math.random,
    wallClock: Date.now,
    addresses: () => [],
    localUsers: '/etc/passwd',
    accounts: { passwd: '/etc/passwd', group: '/etc/group' },
    bootClock: { now: quick.now, boot: 'this boot' },
    shadowMaxAge: 604_800,
    fronts: [heard(({ generation }) => say(`took ${generation}`))],
  })
  setInterval(() => {
    const now = one.report().following?.state ?? ''
    if (now !== state) say(now)
    state = now
  }, 20)
}

const [role, ...rest] = process.argv.slice(2)
if (role === 'master') await master(Number(rest[0]))
else await proxy(rest[0] ?? '', Number(rest[1]), rest[2] ?? '')
