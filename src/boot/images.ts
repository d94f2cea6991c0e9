/** The files that nodes are sent: whether they are there, and can be sent. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { systemErrorCode } from '../values/index.ts'
import { type BootFault, imagesOf } from './faults.ts'
import type { BootPlan } from './plan.ts'

/** The faults of the images of one plan, as this process sees the files. */
export async function imageFaults(plan: BootPlan): Promise<readonly BootFault[]> {
  const faults: BootFault[] = []
  for (const { path, span } of imagesOf(plan)) {
    const fault = path.startsWith('/') ? await fileFault(path) : undefined
    if (fault !== undefined) faults.push({ code: 'boot-no-image', span, message: `${JSON.stringify(path)} ${fault}` })
  }
  return faults
}

/** Why a file cannot be sent; undefined if it can. */
async function fileFault(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a regular file'
    await access(path, constants.R_OK)
    return undefined
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
    return `cannot be read: ${code ?? 'unknown error'}`
  }
}
