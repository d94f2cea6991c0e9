// A machine below a folder of the test's own, whose programs are the test's: what is asked of them is kept.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { Machine, type Ran } from '../../src/setup/machine.ts'

/** What a program answers; what is left out is success without a word. */
export type Programs = (line: string) => Partial<Ran> | undefined

/** A machine that believes that it is the one it runs on, though its files are below a folder. */
class Image extends Machine {
  /** The programs that were run, as lines. */
  readonly ran: string[] = []
  readonly folder: string
  /** Whether it is taken for the machine that runs. */
  isRunning = true

  constructor(folder: string, programs: Programs) {
    super(folder, (program, words) => {
      const line = [program, ...words].join(' ')
      // Whoever copies attributes finds none here: the fall-back makes the file.
      if (program !== 'cp') this.ran.push(line)
      return { code: 0, stdout: '', stderr: '', ...programs(line) }
    })
    this.folder = folder
  }

  override get isThis(): boolean {
    return this.isRunning
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), content)
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    symlinkSync(target, join(this.folder, path))
  }

  text(path: string): string | undefined {
    return this.read(path)?.toString()
  }

  /** The text of the file at that very path: a link is an error. */
  own(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }
}

export type { Image }

/** A machine with these files; gone after the test. */
export function image(
  t: Pick<Test, 'teardown'>,
  files: Readonly<Record<string, string>>,
  programs: Programs = () => undefined,
): Image {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-image-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const made = new Image(folder, programs)
  for (const [path, content] of Object.entries(files)) made.write(path, content)
  return made
}
