/** The formats of other programs that can be imported. */

/** What can be read, by the name of its format. */
export const IMPORT_FORMATS = ['hosts', 'dnsmasq', 'dhcpd', 'warewulf', 'xcat', 'genders'] as const
/** One of IMPORT_FORMATS. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number]
