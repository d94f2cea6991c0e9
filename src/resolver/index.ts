/** The resolver: what other stages may use of it. */

export {
  type AccessPolicy,
  type Asked,
  type Asker,
  isConfigured,
  isLoopback,
  mayAsk,
  type NetworkAsker,
  type Standing,
  standingOf,
  type Verdict,
  verdict,
} from './access.ts'
export {
  ACCOUNT_CODES,
  type AccountCode,
  type AccountDiagnostic,
  type AccountFile,
  accountDiagnosticText,
} from './accountlines.ts'
export { type AccountFiles, type AccountRules, type Accounts, PLAIN_RULES, readAccounts } from './accounts.ts'
export { plainAddress, recordAddress } from './addresses.ts'
export { answer, hostAt, isAskedBy, isDatabase, masterOf, mastersOfNode, nodeAt, selfOf } from './answers.ts'
export { reverseName } from './arpa.ts'
export { buildPublic, buildShadow, type Stamp, stamp } from './builder.ts'
export { publicContents, type Sources, shadowContents } from './contents.ts'
export { DECODERS, SnapshotError, type SnapshotErrorCode } from './decode.ts'
export {
  type DatabaseChanges,
  type Difference,
  differenceOf,
  isUnchanged,
  type LossFinding,
  lossFindings,
  lossText,
} from './difference.ts'
export { DISABLED_USERS, type DisabledUsers } from './disabled-accounts.ts'
export { ENCODERS } from './encode.ts'
export * from './entries.ts'
export { EXPORTS, type ExportFormat } from './export.ts'
export type { AlsoExported } from './exported-accounts.ts'
export { type DroppedIds, type IdExceptions, IdFloor, type IdRule, LEAST_FLOOR } from './floor.ts'
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
export {
  canEnumerate,
  GETENT_EXITS,
  getentInnetgr,
  getentKey,
  getentLines,
  getentNoGroups,
  getentNumber,
} from './getent.ts'
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
} from './header.ts'
export { groupId, type UserIds, userIds } from './ids.ts'
export { folded, type Key } from './keys.ts'
export type { DatabaseName, KeyType, SectionRow } from './layout.ts'
export * as layout from './layout.ts'
export { isListed } from './listing.ts'
export { type IdFloors, idFloorsOf } from './logindefs.ts'
export { inNetgroup } from './membership.ts'
export { proveSections, proveTable, SectionsProof } from './proof.ts'
export type { SectionEntry } from './section-table.ts'
export {
  isProved,
  newSigningKeys,
  privateKeyOf,
  proveHeader,
  publicKeyOf,
  publicPem,
  signerOf,
} from './signing.ts'
export { type PositionedRecord, Snapshot, underHeader } from './snapshot.ts'
export { type AskersOwn, askersOwn, hostNamed } from './spellings.ts'
export type { Field, FieldType, Structure } from './structure.ts'
export { Zones } from './zone.ts'
export { type ZoneProblem, zoneProblems } from './zone-check.ts'
export { isWide, ZONES_OF_RANGE_MAX } from './zone-cut.ts'
export type { AuthorityData, RecordData, ServiceData, Zone, ZoneRecord } from './zone-record.ts'
export { presented, recordLine, zoneLines } from './zone-text.ts'
