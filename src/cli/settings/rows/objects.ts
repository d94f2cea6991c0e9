/** Rows of settings on generations as objects by HTTP: where they are given, and where nodes fetch them. */
import { OBJECTS_PORT } from '../../../kickback/index.ts'
import { READERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** Generations as objects by HTTP: where they are given, and where nodes fetch them. */
export const OBJECT_SETTINGS = {
  objects: row(
    'endpoints',
    '--objects',
    'HOST:PORT',
    [],
    ['serve', 'check'],
    'Where to give generations as objects by HTTP, for caches and for nodes without a proxy.',
    { key: 'objects.listen', defaultDoc: 'off', usualPort: OBJECTS_PORT },
  ),
  objectsUrl: row(
    'http address',
    '--objects-url',
    'URL',
    [],
    [...READERS, 'proxy'],
    'The HTTP cache in front of objects.listen from which nodes fetch generations. It is part of each generation. On a proxy: the cache of this node alone.',
    { key: 'objects.url', defaultDoc: 'none: from the master over the kickback protocol' },
  ),
} as const satisfies Record<string, SettingRow>
