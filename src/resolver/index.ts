/** The resolver: what other stages may use of it. */

export {
  type AccessPolicy,
  type Asked,
  type Asker,
  isConfigured,
  isNodeAt,
  mayAsk,
  type NetworkAsker,
  nodeAt,
  standingOf,
  unapprovedNodes,
  verdict,
} from './access.ts'
export { type Accounts, readAccounts } from './accounts/accounts.ts'
export { DISABLED_USERS, type DisabledUsers } from './accounts/disabled.ts'
export { type DroppedIds, IdFloor, type IdRule } from './accounts/floor.ts'
export { type LocalId, localIdDiagnostics, localIds } from './accounts/local-ids.ts'
export { type IdLimits, type IdRange, idFloorsOf } from './accounts/logindefs.ts'
export { ACCOUNT_SOURCES, type AccountSource, LOOKUPS, type Lookups } from './accounts/origin.ts'
export { ansibleLines } from './answers/ansible.ts'
export { answer, hostAt, masterOf, mastersOfAsker, nodeOf, selfOf } from './answers/answers.ts'
export { EXPORTS, exportedLines } from './answers/export.ts'
export { gendersLines } from './answers/genders.ts'
export { knownHostLines, knownHosts, type NodeHostKeys } from './answers/known-hosts.ts'
export { isPlainName, type Machine, machinesOf } from './answers/machines.ts'
export { inNetgroup, netgroupSteps } from './answers/membership.ts'
export { prometheusTargets } from './answers/prometheus.ts'
export { slurmLines } from './answers/slurm.ts'
export { askersOwn } from './answers/spellings.ts'
export {
  HOST_KEYS_MAX,
  type HostKey,
  type HostKeyState,
  HostKeys,
  hostKeyFingerprint,
  hostKeyInText,
  hostKeyOf,
  type KeptHostKey,
} from './certificates/host-keys.ts'
export {
  type BelievedCertificate,
  CertificateError,
  type CertificateTrust,
  isAuthority,
  judgedCertificate,
  timelessCertificate,
} from './certificates/judged.ts'
export { certificateKeyMark, certificateKeyOf, newCertificateKey } from './certificates/keys.ts'
export { NodeKeys } from './certificates/node-keys.ts'
export {
  type Authority,
  CERTIFICATE_LASTS,
  issued,
  newAuthority,
  newRequest,
  RENEWED_AFTER,
  requestKey,
} from './certificates/x509.ts'
export { publicContents, shadowContents } from './contents/contents.ts'
export { grantedContents, isGranted, ordinaryUsers } from './contents/granted.ts'
export { netgroupSizes } from './contents/netgroups.ts'
export { canonicalName, companionsOf, nameMakers } from './contents/nodenames.ts'
export type { Database } from './databases/database.ts'
export { GETENT_EXITS } from './databases/getent.ts'
export { groupId } from './databases/group.ts'
export { getentInnetgr } from './databases/netgroup.ts'
export { userIds } from './databases/passwd.ts'
export {
  binaryKey,
  DATABASE_NAMES,
  DATABASES,
  type DatabaseName,
  type Entries,
  FILE_DATABASE_NAMES,
  FILE_DATABASES,
  type FileDatabaseName,
  isDatabase,
  isListed,
} from './databases/table.ts'
export { type Delta, deltaOf } from './deltas/delta.ts'
export { DELTA_STEPS_MAX, type Growth, Memory, patched, type Room } from './deltas/patched.ts'
export { type AccountEdits, accountEdits, type ChangingFiles } from './edits/account-edits.ts'
export { expiresBetween } from './edits/expiry.ts'
export { grafted } from './edits/grafted.ts'
export { machineEdits } from './edits/machine-edits.ts'
export { spliced } from './edits/spliced.ts'
export { type Evidence, type EvidenceSources, evidenceOf } from './explanations/evidence.ts'
export { explain } from './explanations/explain.ts'
export type { Explanation } from './explanations/explanation.ts'
export { type LoginVerdict, loginVerdict } from './explanations/logins.ts'
export { sameDigest } from './generations/header.ts'
export {
  GenerationHistory,
  HISTORY_MAX,
  historyText,
  type PastGeneration,
  parseHistory,
} from './generations/history.ts'
export { Ledger, type NextHeader } from './generations/ledger.ts'
export { isMasterHere, masterIndex, mastersOfCluster } from './generations/masters.ts'
export { contentTimeOf, isPossibleNumber, MASTERS_APART, nextNumber } from './generations/number.ts'
export { judgeOffer, type OfferVerdict, PROOF_LASTS, type Proof } from './generations/offer.ts'
export { generationOfSerial, serialDistance } from './generations/serial.ts'
export * as layout from './layout.ts'
export { isLoginName } from './logins/names.ts'
export { isLoginsFile, LOGINS_FILE, loginsFile, OPEN_LOGINS, passwdNames } from './logins/pam-access.ts'
export { type LoginRule, rulesOfNode } from './logins/rules.ts'
export { SnapshotError } from './records/decode.ts'
export {
  type ByteString,
  byteString,
  displayed,
  type ReverseCut,
  USUAL_ZONES,
  type ZoneSettings,
} from './records/entries.ts'
export type { Key } from './records/keys.ts'
export { buildPublic, buildShadow, stamp } from './snapshot/builder.ts'
export { changedDatabases } from './snapshot/changed.ts'
export {
  type Difference,
  type DifferenceDetail,
  differenceOf,
  differenceSteps,
  type RecordChange,
} from './snapshot/difference.ts'
export {
  type FilePart,
  grantByte,
  type Header,
  headerOf,
  headerOfFile,
  type OwnIds,
  ownParts,
  snapshotOf,
  stateByte,
  stateOf,
  withState,
} from './snapshot/header.ts'
export { newRecords } from './snapshot/new-records.ts'
export { proveAgainst, provedSection, SectionsProof } from './snapshot/proof.ts'
export { objectsOf } from './snapshot/settings.ts'
export {
  isHeaderSigned,
  keyMark,
  newSigningKeys,
  privateKeyOf,
  proveHeader,
  publicDer,
  publicKeyOf,
  publicKeyOfDer,
  publicPem,
  signerOf,
} from './snapshot/signing.ts'
export { type PositionedRecord, Snapshot, underHeader } from './snapshot/snapshot.ts'
export {
  BRIDGE_MAX,
  type Bridge,
  bridgeAfter,
  bridgeBytes,
  bridgeFrom,
  bridgeInto,
  crossedBridge,
  parseBridge,
} from './trust/bridge.ts'
export {
  certificateMark,
  certified,
  type TrustClaims,
  withoutMaster,
  withoutSigner,
  withRoots,
} from './trust/changes.ts'
export { isListName, LINES_MAX as TRUST_LINES_MAX } from './trust/lines.ts'
export { parseTrustList, type TrustList, TrustListError } from './trust/list.ts'
export { provedTrustList } from './trust/proof.ts'
export { nextTrustNumber, signedTrustList } from './trust/signed.ts'
export { reverseName } from './zone/arpa.ts'
export { ZONE_CODES, type ZoneProblem, zoneProblems } from './zone/check.ts'
export { type LackingSection, openExcerpt } from './zone/excerpt.ts'
export type { AuthorityData, RecordData, Zone, ZoneRecord } from './zone/record.ts'
export { ZONE_SECTIONS } from './zone/sections.ts'
export { recordLine, zoneLines } from './zone/text.ts'
export { Zones } from './zone/zones.ts'
