// Sources of small clusters, as they are read.
import type { BuildRules } from '../../src/daemon/candidate/reading.ts'
import type { SourceContent, Sources } from '../../src/daemon/sources/source.ts'
import { FILE_DATABASE_NAMES, type FileDatabaseName } from '../../src/resolver/index.ts'

/** The rules of a settings file that says nothing. */
export const RULES: BuildRules = {
  domain: 'cluster.internal',
  users: [],
  groups: [],
  disabledUsers: 'keep',
  skipBadLines: false,
  objectsUrl: '',
  zones: { ttl: 30, negativeTtl: 5, ns: [], own: [], rname: '', cuts: [] },
  logins: [],
}

/** A file that was read. */
export function readFile(origin: string, content: string, time = 1000): SourceContent {
  return { origin, bytes: Buffer.from(content), time, state: 'read', reason: '' }
}

/** A file that is not there. */
export function absentFile(origin: string): SourceContent {
  return { origin, bytes: new Uint8Array(0), time: 0, state: 'absent', reason: 'no such file or directory' }
}

const CONFIG = 'nodes 4\niprange 10.0.0.10 10.0.0.13\n'

/** The databases that are a file by themselves: none is there. */
function absentFiles(): Pick<Sources, FileDatabaseName> {
  const files = FILE_DATABASE_NAMES.map((name) => [name, absentFile(name)])
  return Object.fromEntries(files) as Pick<Sources, FileDatabaseName>
}

/** Sources of a small cluster with `users` users; `more` takes the place of what is said here. */
export function sourcesOf(users: number, more: Partial<Sources> = {}): Sources {
  const numbers = Array.from({ length: users }, (_, i) => i)
  return {
    config: readFile('config', CONFIG),
    passwd: readFile('passwd', numbers.map((i) => `u${i}:x:${2000 + i}:100::/home/u${i}:/bin/sh\n`).join('')),
    group: readFile('group', 'team:x:3000:u0,u1\n'),
    shadow: readFile('shadow', numbers.map((i) => `u${i}:!:1:0:9:7:::\n`).join('')),
    loginDefs: readFile('login.defs', 'UID_MIN 1000\nGID_MIN 1000\n'),
    netgroup: absentFile('netgroup'),
    ...absentFiles(),
    ...more,
  }
}
