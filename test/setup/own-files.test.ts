import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ownFile } from '../../src/setup/own-files.ts'

const root = join(import.meta.dirname, '../..')

t.test('a checkout has its files itself', async (t) => {
  for (const path of ['docs/config.md', 'examples/config', 'packaging/kickback.service', 'src/nss/Makefile'])
    t.equal(ownFile(path), join(root, path))
})

t.test('a package of a distribution has guides and examples below /usr/share/doc, and no sources', async (t) => {
  const there = ['/usr/share/doc/kickback-common/docs/config.md', '/usr/share/doc/kickback-common/examples/config']
  const has = (path: string): boolean => there.includes(path)
  t.equal(ownFile('docs/config.md', '/usr/lib/kickback', has), there[0])
  t.equal(ownFile('examples/config', '/usr/lib/kickback', has), there[1])
  t.equal(ownFile('packaging/kickback.service', '/usr/lib/kickback', has), undefined)
})

t.test('what is not there is not named: documents may be left out of an image', async (t) => {
  t.equal(
    ownFile('docs/config.md', '/usr/lib/kickback', () => false),
    undefined,
  )
  t.equal(ownFile('docs/nosuch.md', root, existsSync), undefined)
})
