/** Folders of a test's own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type t from 'tap'

/** The part of tap's test object that fixtures use. */
export type Tap = Pick<typeof t, 'teardown'>

/** A new folder that goes with the test. Its path is short, since that of a Unix socket holds 107 bytes. */
export function folder(t: Tap): string {
  const path = mkdtempSync(join(tmpdir(), 'kb-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
