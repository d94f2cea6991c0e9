/** The settings of boot, as the parts of boot take them. */
import type { HostPort, HttpAddress } from '../values/index.ts'

/** The port of scripts and images by HTTP. */
export const BOOT_PORT = 3048

/** How machines get addresses and images. */
export interface BootSettings {
  /** Where scripts and images are given by HTTP; null for the private interface of this master, port BOOT_PORT. */
  readonly listen: HostPort | null
  /** The HTTP server that gives the images in place of this master; null for none. */
  readonly images: HttpAddress | null
}
