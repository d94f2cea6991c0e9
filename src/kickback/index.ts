/** The service to nodes: what other stages may use of it. */

export {
  FOLDER_NAMES,
  FolderError,
  type FolderFiles,
  type FolderOptions,
  type Found,
  filesIn,
  makeFolder,
  type OpenFile,
  prepareAdmin,
  prepareFolder,
  readPublished,
  readSnapshot,
} from './files/folders.ts'
export { newestSnapshot } from './files/last-good.ts'
export { claimFolder, OwnedError, type Release } from './files/owner.ts'
export { PublishError } from './files/publication.ts'
export { Publisher, type PublisherOptions } from './files/publisher.ts'
export { Backoff } from './node/backoff.ts'
export {
  type ClientOptions,
  KickbackClient,
  type LookupKey,
  ServiceError,
  type ServiceErrorCode,
} from './node/client.ts'
export { Follower } from './node/follower.ts'
export { PassOn } from './node/pass-on.ts'
export { MasterPeers, type PeersOptions } from './node/peers.ts'
export { fetchSnapshot } from './node/transfer.ts'
export { proved, type Trust, trusted, UntrustedError } from './node/trust.ts'
export type { DoorKind } from './service/door.ts'
export { machineName } from './service/nodes.ts'
export type { ReloadOptions, Service } from './service/question.ts'
export { KickbackServer, type ServerOptions, type SocketOptions } from './service/server.ts'
export { limitsWithin } from './service/shares/places.ts'
export { type Place, placeName } from './transport/link.ts'
export { TransportError, type TransportErrorCode } from './transport/transport-error.ts'
export { FrameSplitter } from './wire/frames.ts'
export { decodeMessage, encodeFrame, type Fields } from './wire/message.ts'
export { type AliveProof, aliveMessage, type LookupProof, lookupMessage } from './wire/proof.ts'
/** The tables of the protocol, for what is made from them. */
export * as protocol from './wire/protocol.ts'
export { DEFAULT_PORT, PROTOCOL_VERSION } from './wire/protocol.ts'
export type {
  ConflictReport,
  DatabaseChange,
  DnsProcessReport,
  DroppedReport,
  Following,
  LastReload,
  MasterReport,
  NodeReport,
  OtherMasterReport,
  ReloadOutcome,
  ReloadReport,
  StatusReport,
} from './wire/report.ts'
export { checkShape, type Shape } from './wire/report-shape.ts'
