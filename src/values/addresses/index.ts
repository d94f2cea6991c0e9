/** Addresses of IP and of Ethernet. */
export * from './address.ts'
export * from './mac.ts'
export * from './range.ts'
