/** Where the accounts of a master can come from, as its settings say it. */

/** The files of accounts, or the name service of the machine (nsswitch.conf(5)). */
export const ACCOUNT_SOURCES = ['files', 'nss'] as const
/** One of ACCOUNT_SOURCES. */
export type AccountSource = (typeof ACCOUNT_SOURCES)[number]

/** When accounts that a name service does not list are looked up one by one: where a service lists none, always, or never. */
export const LOOKUPS = ['auto', 'always', 'never'] as const
/** One of LOOKUPS. */
export type Lookups = (typeof LOOKUPS)[number]
