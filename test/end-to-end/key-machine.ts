/** A machine of a cluster whose keys a test changes: a daemon of two masters or of a node, on loopback, with the commands on its keys. */
import { utimesSync } from 'node:fs'
import type { Test } from 'tap'
import { Scratch } from '../cli/scratch.ts'

const FILES = ['config', 'passwd', 'group', 'shadow', 'login.defs'] as const
/** Long ago, but after 2020. */
const OLD = 1_700_000_000

/** A machine of its own. The cluster has its masters at these addresses; they listen on the port, and with TLS on the next one. */
export function keyMachine(t: Test, masters: readonly string[], port: number) {
  const scratch = new Scratch(t)
  const order = `masterorder 0-3 ${masters.join(' ')}\nserver beonss ${port}\n`
  scratch.write('config', `nodes 4\niprange 10.20.30.100 10.20.30.103\n${order}`)
  for (const name of FILES) utimesSync(scratch.path(name), OLD, OLD)
  const folders = ['--run-dir', scratch.path('run'), '--state-dir', scratch.path('state')]
  return {
    scratch,
    path: (name: string) => scratch.path(name),
    keys: (...words: string[]) => scratch.run('keys', ...words, ...folders),
    status: async () => JSON.parse((await scratch.ask('status', '--json')).stdout),
    serve: async (address: string) => {
      const listening = ['--listen', `${address}:${port}`, '--listen-tls', `${address}:${port + 1}`]
      const daemon = scratch.start(['serve', ...scratch.files, ...folders, ...listening])
      await daemon.logged('ready')
      return daemon
    },
    follow: async (followed: readonly string[], key: string, ...more: readonly string[]) => {
      const asked = followed.flatMap((master) => ['--master', `${master}:${port}`])
      const daemon = scratch.start(['proxy', ...asked, '--key', key, ...folders, ...more])
      await daemon.logged('started')
      return daemon
    },
  }
}
