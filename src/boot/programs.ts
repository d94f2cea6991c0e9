/** The boot programs of iPXE that firmware asks for by HTTP, and where distributions have them. */

const FOLDERS = ['/usr/lib/ipxe', '/usr/share/ipxe', '/usr/share/ipxe/x86_64'] as const

/** By their names: the paths, the first that there is counts. */
export const PROGRAMS = {
  'snponly.efi': placesOf('snponly.efi', 'ipxe-snponly-x86_64.efi'),
  'ipxe.efi': placesOf('ipxe.efi', 'ipxe-x86_64.efi'),
  'undionly.kpxe': placesOf('undionly.kpxe'),
} as const

function placesOf(...names: readonly string[]): readonly string[] {
  return FOLDERS.flatMap((folder) => names.map((name) => `${folder}/${name}`))
}
