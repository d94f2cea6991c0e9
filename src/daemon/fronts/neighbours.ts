/** The program beside a daemon that is notified of changes: nscd. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { DATABASES, isDatabase } from '../../resolver/index.ts'
import { handlers } from '../../values/index.ts'

/** Where nscd listens, if it runs. */
const NSCD_SOCKETS = ['/run/nscd/socket', '/var/run/nscd/socket'] as const
/** The longest that a helper program may take, in milliseconds. */
const PATIENCE = 5000

/** Flushes these databases in nscd, if it runs. Resolves when that is done or has failed: a failure does no harm here. */
export async function flushNscd(databases: Iterable<string>, sockets: readonly string[] = NSCD_SOCKETS): Promise<void> {
  if (!sockets.some((path) => existsSync(path))) return
  const cached = [...databases].filter((database) => isDatabase(database) && DATABASES[database].nscd)
  await Promise.all(cached.map((database) => ran('nscd', ['-i', database])))
}

function ran(program: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const ended = handlers.guard(
      'neighbour end',
      (error: Error | null) => resolve(error === null),
      () => resolve(false),
    )
    execFile(program, words, { timeout: PATIENCE }, ended)
  })
}
