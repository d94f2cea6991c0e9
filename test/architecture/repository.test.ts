import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

function trackedFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  } catch {
    return []
  }
}

t.test('no file names the folder that this checkout happens to lie in', async (t) => {
  const here = root + sep
  const files = trackedFiles()
  if (files.length === 0) return t.comment('not a git checkout')
  if (here.split(sep).length < 4) return t.comment(`${root} is too short a name to look for`)
  const present = files.filter((path) => existsSync(join(root, path)))
  const naming = present.filter((path) => readFileSync(join(root, path)).includes(here))
  return t.same(naming, [])
})
