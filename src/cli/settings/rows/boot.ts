/** Rows of settings on boot: whether the machines get addresses and images from here, and where. */
import { BOOT_PORT } from '../../../boot/index.ts'
import { row, type SettingRow } from '../setting.ts'

/** Whether the machines get addresses and images from here, and where. */
export const BOOT_SETTINGS = {
  boot: row(
    'switch',
    '--boot',
    '',
    [],
    ['serve', 'check'],
    'Give the machines of the configuration their addresses by DHCP and their images by PXE.',
    { key: 'boot.enabled' },
  ),
  bootListen: row(
    'endpoint',
    '--boot-listen',
    'HOST:PORT',
    [],
    ['serve', 'check'],
    'Where boot scripts and images are given by HTTP.',
    { key: 'boot.listen', defaultDoc: 'the private interface of this master, port 3048', usualPort: BOOT_PORT },
  ),
  bootImages: row(
    'http address',
    '--boot-images',
    'URL',
    [],
    ['serve', 'check'],
    'The HTTP server that gives kernels and initial RAM disks in place of this master.',
    { key: 'boot.images', defaultDoc: 'none: this master gives them' },
  ),
} as const satisfies Record<string, SettingRow>
