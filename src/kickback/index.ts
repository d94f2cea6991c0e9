/** The service to nodes: what other stages may use of it. */

export { Confirmation, IN_STEP } from './files/confirmation.ts'
export { free, markEmptied, type Punch } from './files/emptying.ts'
export { readExcerpt } from './files/excerpt.ts'
export type { Mapper } from './files/file-maps.ts'
export {
  type FolderFiles,
  filesIn,
  fromPublished,
  type OpenFile,
  prepareAdmin,
  prepareFolder,
  readPublished,
  readSnapshot,
} from './files/folders.ts'
export { newestSnapshot } from './files/last-good.ts'
export { claimFolder } from './files/owner.ts'
export { removeFile, type Superseded } from './files/replacement.ts'
export { SnapshotWriter, type SnapshotWriterOptions } from './files/snapshot-writer.ts'
export { Backoff } from './node/backoff.ts'
export { type ClientTls, KickbackClient, type LookupKey, ServiceError } from './node/client.ts'
export { Follower } from './node/follower.ts'
export { joinedKey } from './node/join.ts'
export type { OfferJudge } from './node/judge.ts'
export { PassOn } from './node/pass-on.ts'
export { MasterPeers, type PeersOptions } from './node/peers.ts'
export { type NodeIdentity, ShadowFollower, type ShadowHolder } from './node/shadow/shadow-follower.ts'
export { Cache } from './node/transfer/cache.ts'
export { Trust, UntrustedError } from './node/trust.ts'
export { ObjectsListener, type ObjectsListenerParts } from './objects/listener.ts'
export { Objects, type ObjectsParts } from './objects/objects.ts'
export type { ServiceCounts } from './service/counts/service-counts.ts'
export type { TlsService } from './service/door.ts'
export { Enrolment } from './service/enrolment.ts'
export type { OwnKeys } from './service/own-keys.ts'
export type { KeyAction, ReloadOptions } from './service/question.ts'
export { KickbackServer } from './service/server.ts'
export { limitsWithin } from './service/shares/descriptors.ts'
export type { NodeBoot } from './service/states/node-boot.ts'
export type { Ping, PingCounts, PingOf } from './service/states/ping.ts'
export type { NodeStateSets } from './service/states/state-sets.ts'
export { HostKeysOfNodes } from './service/told/host-keys.ts'
export { machineName } from './service/told/machine-name.ts'
export type { GivenTo } from './service/waits/granted-shadow.ts'
export type { NodeStanding } from './service/waits/node-wait.ts'
export { type Place, placeName } from './transport/link.ts'
export { tlsContext } from './transport/secure-socket.ts'
export { TransportError } from './transport/transport-error.ts'
export { conflictText, DIGEST_SHOWN, writtenText } from './warnings/conflict.ts'
export { isLoopbackOnly, loopbackOnlyText } from './warnings/loopback-only.ts'
export { hasOtherContent } from './warnings/master-warnings.ts'
export { ranked, WARNINGS, type Warning, warning } from './warnings/warning.ts'
export { type NamedNode, OTHER_ID_REMEDY, warningsOf } from './warnings/warnings.ts'
export { FrameSplitter } from './wire/frames.ts'
export { joinTokenText, parseJoinToken } from './wire/join.ts'
export type { HostKeyReport } from './wire/key-messages.ts'
export type { MachineReport } from './wire/machine.ts'
export { decodeMessage, encodeFrame, type Fields } from './wire/message.ts'
export {
  type HostStateReport,
  hostStateReports,
  NODE_CONTENTS,
  NODE_STATES,
  type NodeContent,
  type NodeState,
  type NodeStateReport,
  nodeStateReports,
  PING_ANSWERS,
  type PingAnswer,
} from './wire/node-messages.ts'
export { OBJECTS_PORT } from './wire/objects.ts'
export type { OtherIdReport, OtherIdsReport } from './wire/other-ids.ts'
export { DEFAULT_PORT, OTHER_IDS_MAX } from './wire/protocol.ts'
export type {
  CertificateReport,
  ConflictReport,
  DatabaseChange,
  DnsProcessReport,
  DroppedReport,
  Following,
  GenerationReport,
  LastReload,
  MasterReport,
  NodeKeyReport,
  NodeReport,
  ObjectsReport,
  OtherMasterReport,
  PinReport,
  ReloadOutcome,
  ReloadReport,
  StatusReport,
  TrustReport,
} from './wire/report.ts'
export { checkShape, generationReports, hostKeyReports, nodeKeyReports, type Shape } from './wire/report-shape.ts'
export type { DhcpReport, ForeignDhcpReport } from './wire/status/dhcp-report.ts'
export type { BootProcessReport, HttpProcessReport } from './wire/status/process-report.ts'
