/** The table of settings: one row each, from which options, keys of the file, help and manual pages are made. */
import { ACCOUNT_SETTINGS } from './rows/accounts.ts'
import { BOOT_SETTINGS } from './rows/boot.ts'
import { DNS_SETTINGS } from './rows/dns.ts'
import { EDIT_SETTINGS } from './rows/edits.ts'
import { FOLLOWING_SETTINGS } from './rows/following.ts'
import { IMPORT_SETTINGS } from './rows/import.ts'
import { LOGIN_SETTINGS } from './rows/logins.ts'
import { MACHINE_SETTINGS } from './rows/machine.ts'
import { MONITORING_SETTINGS } from './rows/monitoring.ts'
import { OBJECT_SETTINGS } from './rows/objects.ts'
import { PLACE_SETTINGS } from './rows/places.ts'
import { REQUEST_SETTINGS } from './rows/requests.ts'
import { SOURCE_SETTINGS } from './rows/sources.ts'
import type { SettingRow } from './setting.ts'
import type { SettingValues } from './types.ts'

/** Every setting there is. The order is that of help and manual. */
export const SETTINGS = {
  ...SOURCE_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...LOGIN_SETTINGS,
  ...FOLLOWING_SETTINGS,
  ...MACHINE_SETTINGS,
  ...PLACE_SETTINGS,
  ...OBJECT_SETTINGS,
  ...DNS_SETTINGS,
  ...BOOT_SETTINGS,
  ...MONITORING_SETTINGS,
  ...EDIT_SETTINGS,
  ...IMPORT_SETTINGS,
  ...REQUEST_SETTINGS,
} as const satisfies Record<string, SettingRow>

/** The text about a setting of the master on a proxy. */
export const OF_THE_MASTER =
  'is a setting of the master: it is part of each generation, so that all machines give the same answers'
/** The name by which inner code knows a setting. */
export type SettingName = keyof typeof SETTINGS
/** Where a setting can be given: itself, or a key of it where it is a table. */
export type SettingPlace = SettingName | `${SettingName}.${string}`
/** Every setting with its value; nothing is undefined. */
export type Settings = { readonly [Name in SettingName]: SettingValues[(typeof SETTINGS)[Name]['type']] }

/** Settings that had another name before: the key and the option are told to who still writes that. */
export const RENAMED_SETTINGS: readonly { readonly before: string; readonly now: SettingName }[] = [
  { before: 'metrics', now: 'http' },
]

/** The rows with their names, in order. */
export const SETTING_ROWS: readonly (readonly [SettingName, SettingRow])[] = Object.entries(SETTINGS) as [
  SettingName,
  SettingRow,
][]
