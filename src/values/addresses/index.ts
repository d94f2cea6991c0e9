/** Addresses of IP and of Ethernet, and what is made of them. */
export {
  type Address,
  addressDistance,
  addressesInARow,
  addressFromBytes,
  addressKey,
  addressValue,
  compareAddress,
  formatAddress,
  isLinkLocal,
  isLoopback,
  isUnspecified,
  LOOPBACK,
  offsetAddress,
  parseAddress,
  parseSocketAddress,
  sameAddress,
} from './address.ts'
export * from './client.ts'
export * from './endpoint.ts'
export * from './http-address.ts'
export * from './mac.ts'
export * from './machine.ts'
export * from './network.ts'
export * from './range.ts'
