// A service of the name service that does as a test says: a module of its own, which the daemon's processes load.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from '../../../src/kickback/index.ts'
import { DATABASES } from '../../../src/resolver/index.ts'
import { displayed } from '../../../src/resolver/records/entries.ts'
import type { Scratch } from '../../cli/scratch.ts'
import { folder, type Tap } from '../../folder.ts'
import { client } from '../../kickback/cluster.ts'
import { ROOT } from '../../nss/programs.ts'

const OUT = join(ROOT, 'build/test-accounts')

/** What the service does: see fake.c. */
type Mode = 'answer' | 'unlisted' | 'hang' | 'unavail' | 'tryagain' | 'half' | 'loud' | 'rights'

/** The service `fake`, with files of its own. */
export class FakeService {
  readonly #dir: string

  constructor(t: Tap) {
    this.#dir = folder(t)
    mkdirSync(OUT, { recursive: true })
    const source = join(import.meta.dirname, 'fake.c')
    const [lock, module] = [join(OUT, '.lock'), join(OUT, 'libnss_fake.so.2')]
    // By rename: a module that is written over kills those who have it loaded.
    const build = `cc -shared -fPIC -O1 -o "$2.$$" "$1" && mv "$2.$$" "$2"`
    execFileSync('flock', [lock, 'sh', '-c', `[ "$2" -nt "$1" ] || { ${build}; }`, 'sh', source, module])
    this.users()
    this.groups()
  }

  /** The variables by which the module is found, and finds its files. */
  get environment(): Record<string, string> {
    return { LD_LIBRARY_PATH: OUT, FAKE_NSS: this.#dir }
  }

  /** The values of a field of proc_pid_status(5): of the process that asked, in the mode `rights`, and of a program that it started. */
  rights(field: string): readonly string[] {
    const text = readFileSync(join(this.#dir, 'rights'), 'utf8')
    return [...text.matchAll(new RegExp(`^${field}:\\s*(\\S+)`, 'gm'))].map(([, value = '']) => value)
  }

  mode(mode: Mode): void {
    writeFileSync(join(this.#dir, 'mode'), mode)
  }

  /** What the service has from now on, as lines. */
  users(...lines: readonly string[]): void {
    this.#write('passwd', lines)
  }

  groups(...lines: readonly string[]): void {
    this.#write('group', lines)
  }

  /** How often it was asked this since the start: `getpwnam ann`, `list passwd`. */
  asked(question: string): number {
    const path = join(this.#dir, 'asked')
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line === question).length
      : 0
  }

  #write(name: string, lines: readonly string[]): void {
    writeFileSync(join(this.#dir, name), lines.map((line) => `${line}\n`).join(''))
  }
}

/** A user's line. */
export const user = (name: string, uid: number, gid = 5000): string =>
  `${name}:x:${uid}:${gid}:${name}:/home/${name}:/bin/sh`

/** So many users from one uid on. */
export const users = (count: number, from = 2000): string[] =>
  Array.from({ length: count }, (_, i) => user(`user${i}`, from + i))

/** What a daemon answers, as `getent` prints it; `absent`; or the code of its refusal. */
export async function asker(t: Tap, scratch: Scratch) {
  const asked = await client(t, { path: scratch.path('run/socket') })
  return async (database: 'passwd' | 'group' | 'initgroups' | 'hosts', key: string | number): Promise<string> => {
    try {
      const record = await asked.lookup(database, key)
      if (record === undefined) return 'absent'
      if (database === 'initgroups') return DATABASES.initgroups.decode(record).gids.join(' ')
      return displayed(DATABASES[database].getent.lines(DATABASES[database].decode(record) as never) ?? '')
    } catch (error) {
      if (error instanceof ServiceError) return error.code
      throw error
    }
  }
}
