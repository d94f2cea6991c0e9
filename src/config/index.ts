/** Configuration stage: the text of /etc/beowulf/config becomes a Cluster, with diagnostics. */
export * from './address.ts'
export type * from './cluster.ts'
export * from './mac.ts'
export * from './masters.ts'
export * from './nodename.ts'
export * from './nodeset.ts'
export type * from './span.ts'
