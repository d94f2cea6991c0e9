/** Where the boot programs of iPXE are on this machine. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Loaders } from '../../../boot/index.ts'

/** Where packages have them: Debian, RHEL. */
const FOLDERS = ['/usr/lib/ipxe', '/usr/share/ipxe'] as const

/** Their names below such a folder, the best first. */
const NAMES: { readonly [K in keyof Loaders]-?: readonly string[] } = {
  bios: ['undionly.kpxe'],
  efi64: ['snponly.efi', 'ipxe-snponly-x86_64.efi', 'ipxe.efi'],
  arm64: ['arm64-efi/snponly.efi', 'snponly-arm64.efi'],
}

/** The folder with boot programs and what is in it: the one of the settings, else the first that has any; undefined if none has. */
export function loadersOf(folder: string | null): { readonly folder: string; readonly loaders: Loaders } | undefined {
  const all = (folder === null ? FOLDERS : [folder]).map((one) => ({ folder: one, loaders: loadersIn(one) }))
  return all.find(({ loaders }) => Object.keys(loaders).length > 0)
}

function loadersIn(folder: string): Loaders {
  const found = Object.entries(NAMES).flatMap(([kind, names]) => {
    const name = names.find((one) => statSync(join(folder, one), { throwIfNoEntry: false })?.isFile())
    return name === undefined ? [] : [[kind, name] as const]
  })
  return Object.fromEntries(found)
}
