/** The resolver: what other stages may use of it. */

export {
  type AccessPolicy,
  type Asked,
  type Asker,
  isConfigured,
  mayAsk,
  type NetworkAsker,
  type Standing,
  standingOf,
  type Verdict,
  verdict,
} from './access.ts'
export { type AccountFiles, type AccountRules, type Accounts, PLAIN_RULES, readAccounts } from './accounts/accounts.ts'
export { DISABLED_USERS, type DisabledUsers } from './accounts/disabled.ts'
export type { AlsoExported } from './accounts/exported.ts'
export { type DroppedIds, type IdExceptions, IdFloor, type IdRule, LEAST_FLOOR } from './accounts/floor.ts'
export { ACCOUNT_CODES } from './accounts/lines.ts'
export { type IdFloors, idFloorsOf } from './accounts/logindefs.ts'
export { answer, hostAt, isAskedBy, masterOf, mastersOfNode, nodeAt, selfOf } from './answers/answers.ts'
export { EXPORTS, exportedLines } from './answers/export.ts'
export { inNetgroup } from './answers/membership.ts'
export { type AskersOwn, askersOwn, hostNamed } from './answers/spellings.ts'
export { publicContents, type Sources, shadowContents } from './contents/contents.ts'
export type { PublicContents, ShadowContents } from './databases/contents.ts'
export type { Database } from './databases/database.ts'
export type { EtherEntry } from './databases/ethers.ts'
export { GETENT_EXITS } from './databases/getent.ts'
export { type GroupEntry, groupId } from './databases/group.ts'
export type { HostEntry } from './databases/hosts.ts'
export type { InitgroupsEntry } from './databases/initgroups.ts'
export { getentInnetgr, type NetgroupEntry, type Triple } from './databases/netgroup.ts'
export { type PasswdEntry, type UserIds, userIds } from './databases/passwd.ts'
export type { ShadowEntry } from './databases/shadow.ts'
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
export { type GenerationHeader, outranks, sameDigest } from './generations/header.ts'
export {
  GenerationHistory,
  HISTORY_MAX,
  historyText,
  type PastGeneration,
  parseHistory,
} from './generations/history.ts'
export {
  type Conflict,
  type Content,
  Ledger,
  type MetAction,
  type MetGeneration,
  type NextHeader,
} from './generations/ledger.ts'
export { masterIndex, mastersOfCluster } from './generations/masters.ts'
export { type Meeting, meet } from './generations/meeting.ts'
export { contentTimeOf, MASTERS_APART, type NumberOrder, nextNumber } from './generations/number.ts'
export {
  type Holding,
  judgeOffer,
  type NodeOrders,
  type Offer,
  type OfferVerdict,
  OLD_COPY,
  PROOF_LASTS,
  type Proof,
  type StayReason,
} from './generations/offer.ts'
export { generationOfSerial, serialDistance, serialOf } from './generations/serial.ts'
export type { SectionRow } from './layout.ts'
export * as layout from './layout.ts'
export { SnapshotError, type SnapshotErrorCode } from './records/decode.ts'
export * from './records/entries.ts'
export type { Key, KeyType } from './records/keys.ts'
export { buildPublic, buildShadow, type Stamp, stamp } from './snapshot/builder.ts'
export {
  type DatabaseChanges,
  type Difference,
  differenceOf,
  type LossFinding,
  lossFindings,
  lossText,
} from './snapshot/difference.ts'
export {
  type FilePart,
  type Header,
  headerOf,
  type OwnIds,
  ownParts,
  signedMessage,
  snapshotOf,
  stateByte,
  stateOf,
  withState,
} from './snapshot/header.ts'
export { proveSections, proveTable, SectionsProof } from './snapshot/proof.ts'
export type { SectionEntry } from './snapshot/section-table.ts'
export {
  isProved,
  keyMark,
  newSigningKeys,
  privateKeyOf,
  proveHeader,
  publicKeyOf,
  publicPem,
  signerOf,
} from './snapshot/signing.ts'
export { type PositionedRecord, Snapshot, underHeader } from './snapshot/snapshot.ts'
export type { Field, FieldType, Structure } from './structure.ts'
export { reverseName } from './zone/arpa.ts'
export { ZONE_CODES, type ZoneProblem, zoneProblems } from './zone/check.ts'
export { isWide, ZONES_OF_RANGE_MAX } from './zone/cut.ts'
export type { AuthorityData, RecordData, ServiceData, Zone, ZoneRecord } from './zone/record.ts'
export { presented, recordLine, zoneLines } from './zone/text.ts'
export { Zones } from './zone/zones.ts'
