/** Every name on the way to a file, through symbolic links: where a change may make it another file. */
import { lstatSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join, parse, resolve, sep } from 'node:path'

/** A name in a directory that the way to a file goes through: if the name changes there, the file may. */
export interface PathStep {
  readonly directory: string
  readonly name: string
}

/** As many symlinks as the kernel follows (path_resolution(7)). */
const LINKS_MAX = 40

/**
 * Every step from the root to the file, those of symlinks' targets included, so that swapping a link anywhere on the way
 * is seen. Ends where something is missing: that step is the last.
 */
export function pathSteps(path: string): readonly PathStep[] {
  const steps: PathStep[] = []
  let rest = namesOf(path)
  let directory = parse(resolve(path)).root
  let links = 0
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      directory = dirname(directory)
      continue
    }
    steps.push({ directory, name })
    const target = linkTarget(join(directory, name))
    if (target === undefined) directory = join(directory, name)
    else if (++links > LINKS_MAX) break
    else {
      if (target.startsWith(sep)) directory = sep
      rest = [...namesOf(target), ...rest]
    }
  }
  return steps
}

function namesOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== '' && name !== '.')
}

/** Where a symlink points; undefined for what is none, or is not there. */
function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

/** The state of a file, known without reading it: device, inode, size, times. */
export function fileMark(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch {
    return 'absent'
  }
}
