/** The service to nodes: what other stages may use of it. */
export {
  type ClientOptions,
  KickbackClient,
  type LookupKey,
  ServiceError,
  type ServiceErrorCode,
} from './client.ts'
export type { DoorKind } from './door.ts'
export {
  FolderError,
  type FolderFiles,
  type FolderOptions,
  type Found,
  filesIn,
  makeFolder,
  prepareFolder,
  readSnapshot,
} from './folders.ts'
export { type Place, placeName } from './link.ts'
export { claimFolder, OwnedError, type Release } from './owner.ts'
export { MasterPeers, type PeersOptions } from './peers.ts'
export { type AliveProof, aliveMessage, type LookupProof, lookupMessage } from './proof.ts'
/** The tables of the protocol, for what is made from them. */
export * as protocol from './protocol.ts'
export { DEFAULT_PORT, PROTOCOL_VERSION } from './protocol.ts'
export { KickbackProxy, type ProxyOptions } from './proxy.ts'
export { PublishError } from './publication.ts'
export { Publisher, type PublisherOptions } from './publisher.ts'
export type {
  ConflictReport,
  DatabaseChange,
  DroppedReport,
  Following,
  LastReload,
  MasterReport,
  NodeReport,
  ReloadOutcome,
  ReloadReport,
  StatusReport,
} from './report.ts'
export { KickbackServer, type ServerOptions, type SocketOptions } from './server.ts'
export { limitsWithin } from './service/places.ts'
export type { ReloadOptions, Service } from './service/question.ts'
export { openSockets } from './service/sockets.ts'
export { fetchSnapshot } from './transfer.ts'
export { TransportError, type TransportErrorCode } from './transport.ts'
export { type Trust, trusted, UntrustedError } from './trust.ts'
