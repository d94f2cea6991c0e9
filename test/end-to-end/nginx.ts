/** nginx as the page for administrators configures it, in front of a master of a test, on loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { HostPort } from '../../src/values/index.ts'
import { blocksOf } from '../documents/blocks.ts'
import { folder, type Tap } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

/** The configuration of docs/objects.md. */
export const PAGE = blocksOf(readFileSync(join(import.meta.dirname, '../../docs/objects.md'), 'utf8'))
  .filter(({ language }) => language === 'nginx')
  .flatMap(({ lines }) => lines)
  .join('\n')

/** A running nginx. */
export interface Nginx {
  readonly url: string
  /** Where it keeps what it cached. */
  readonly cached: string
  /** Ends it. */
  readonly stop: () => Promise<void>
}

/** Starts it in front of this master. `change` makes another configuration of that of the page. */
export async function nginx(t: Tap, master: HostPort, change = (config: string) => config): Promise<Nginx> {
  const dir = folder(t)
  const port = await freePort()
  const cached = join(dir, 'cache')
  mkdirSync(cached)
  const server = change(PAGE)
    .replaceAll('/var/cache/nginx/kickback', cached)
    .replace(/server 10\.20\.30\.1:3047;/, `server ${master.host}:${master.port};`)
    .replace(/^.*backup;$/m, '')
    .replace('10.20.30.5:3128', `127.0.0.1:${port}`)
    .replace('10.20.30.0/24', '127.0.0.0/8')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  )
  const main = `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;`
  const http = `access_log off; ${temporary.join(' ')}\n${server}`
  writeFileSync(join(dir, 'nginx.conf'), `${main}\nevents { worker_connections 512; }\nhttp {\n${http}\n}\n`)
  const child = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], {
    stdio: 'ignore',
  })
  const stop = (): Promise<void> => ended(child)
  t.teardown(stop)
  await until(() => answers(port), `nginx listens: ${join(dir, 'error.log')}`)
  return { url: `http://127.0.0.1:${port}`, cached, stop }
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null, 'nginx ends')
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
