/** The HTTP cache of the benchmark: nginx as the page for administrators configures it, with room for 10,000 clients at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CACHE, CACHE_PORT, MASTERS, OBJECTS_PORT } from './cluster.ts'

/** Each client takes two descriptors of a worker: its connection, and the file. */
const WORKERS = 4
const CLIENTS = 8192

/** A running cache. */
export interface Cache {
  /** How many bytes of bodies it fetched from the master. */
  readonly fetched: () => number
  end(): Promise<void>
}

/** The configuration of docs/objects.md, in front of the first master, with a log of what is fetched there. */
function configuration(folder: string): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/objects.md'), 'utf8')
  const server = (/```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
    .replaceAll('/var/cache/nginx/kickback', join(folder, 'kept'))
    .replace(/server 10\.20\.30\.1:3047;/, `server ${MASTERS[0][0]}:${OBJECTS_PORT};`)
    .replace(/^.*backup;$/m, '')
    .replace('listen 10.20.30.5:3128', `listen ${CACHE}:${CACHE_PORT} backlog=16384`)
    .replace('10.20.30.0/24', '10.0.0.0/8')
    .replace('proxy_cache kickback;', `proxy_cache kickback; proxy_bind ${CACHE};`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  return `daemon off; user root; worker_processes ${WORKERS}; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections ${CLIENTS}; }
http {
log_format fetched '$upstream_bytes_received';
map $upstream_bytes_received $is_fetched { default 1; "" 0; "-" 0; }
access_log ${folder}/fetched fetched if=$is_fetched;
sendfile on;
${temporary.join(' ')}
${server}
}
`
}

/** Starts it, empty. */
export async function startCache(folder: string): Promise<Cache> {
  mkdirSync(join(folder, 'kept'), { recursive: true })
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder))
  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], { stdio: 'ignore' })
  process.on('exit', () => child.kill('SIGTERM'))
  for (let isThere = false; !isThere; isThere = await answers()) {
    if (child.exitCode !== null) throw new Error(`no cache: ${readFileSync(join(folder, 'error.log'), 'utf8')}`)
    await pause(50)
  }
  return {
    fetched: () => {
      const lines = readFileSync(join(folder, 'fetched'), 'latin1').match(/\d+/g) ?? []
      return lines.map(Number).reduce((all, one) => all + one, 0)
    },
    end: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(): Promise<boolean> {
  const socket = connect({ host: CACHE, port: CACHE_PORT })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
