/** The daemons: what the command line may use of them. */

export type { AccountSettings } from './accounts/account-settings.ts'
export { readAllSources } from './accounts/account-sources.ts'
export { writeBackup } from './backup/backup.ts'
export { PartError, restoreBackup } from './backup/restore.ts'
export { networkPlan } from './boot/dhcp/network-plan.ts'
export { strangersIn } from './boot/dhcp/strangers.ts'
export { bootDiagnostics, imageDiagnostics } from './candidate/boot.ts'
export {
  buildCandidate,
  type Candidate,
  clusterDiagnostics,
  NO_SNAPSHOTS,
  type SnapshotPair,
} from './candidate/candidate.ts'
export { RELOAD_CODES } from './candidate/codes.ts'
export { addressesOfInterface } from './candidate/interface-address.ts'
export { masterAddresses } from './candidate/own-masters.ts'
export { type BuildRules, configDiagnostics, unreadableSource, type ZoneRules } from './candidate/reading.ts'
export { allHostKeysIn } from './certificates/kept-host-keys.ts'
export { nodeKeyIn } from './certificates/node-certificate.ts'
export type { Daemon, OwnProgram } from './daemon.ts'
export { masterSights } from './explanations/master-sights.ts'
export type { FilesSight, ServedSight, Sight } from './explanations/sights.ts'
export { keyPairFault, openPublicKey, SIGNED_BY_ANOTHER } from './generations/signing-key.ts'
export { lossDiagnostics } from './judge/decision.ts'
export type { Master, MasterOptions } from './master.ts'
export { giveBackMemory } from './memory/allocator.ts'
export { NothingToServeError } from './nothing-to-serve.ts'
export { PROCESS_FDS } from './processes/channel/channel.ts'
export { DnsDaemon } from './processes/dns-daemon.ts'
export { runFrontWorker } from './processes/front-worker.ts'
export { become, userNamed } from './processes/privileges.ts'
export type { MasterSettings, ProxySettings } from './settings.ts'
export { SOURCE_NAMES, type SourceName } from './sources/source.ts'
export { readPipe } from './sources/source-file.ts'
export { startMaster } from './start-master.ts'
export { startProxy } from './start-proxy.ts'
export { answerFirst } from './supervision/priority.ts'
export { NOTIFY_VARIABLES, type ServiceManager, serviceManager } from './supervision/service-manager.ts'
export { addAudit } from './trust/audit.ts'
export {
  adoptList,
  begunRootRotation,
  begunSigningRotation,
  certifiedRequest,
  endedRootRotation,
  endedSigningRotation,
  KeyActionError,
  type KeyPlace,
  keepForMaster,
  keyRequest,
  revokedMaster,
  settleRootKey,
} from './trust/key-actions.ts'
export { listIn, nodeTrust, readTrust } from './trust/list-file.ts'
