/** Configuration stage: the text of /etc/beowulf/config becomes a Cluster, with diagnostics. */
export type {
  Acknowledgement,
  BootProperty,
  BootSetting,
  Cluster,
  ClusterHost,
  ClusterNode,
  HostLine,
  HostRange,
  MasterOrder,
  Nodename,
  NodeSet,
  PrimaryInterface,
} from './cluster.ts'
export { forbiddenIn } from './directives/machine-address.ts'
export { editDistance, nearestWord } from './directives/table.ts'
export { type AppendOutcome, AppendText, type Newcomer } from './edits/appends.ts'
export { EditError, type Edited } from './edits/edit.ts'
export { addHost, removeHost, setHost } from './edits/hosts.ts'
export { addNode, nodeNumber, removeNode, setNode } from './edits/nodes.ts'
export { type StageMove, type StageOutcome, StageText, stageAfter } from './edits/stages.ts'
export { type ConfigChange, configChange } from './following/change.ts'
export { withLines } from './following/changed-lines.ts'
export type { FollowedConfig } from './following/followed-config.ts'
export { diagnosticNow, locationNow } from './following/moved-diagnostics.ts'
export { withStages } from './following/stages.ts'
export { mostNames } from './most-names.ts'
export {
  companionAddresses,
  DEFAULT_PATTERN,
  nameIn,
  nodeNamed,
  numberIn,
  PLAIN,
  withoutDomain,
} from './names/nodename.ts'
export { hostNameFault, isReservedName } from './names/rules.ts'
export * from './nodes/masters.ts'
export { hasNode, parseNodeSet, setText } from './nodes/nodeset.ts'
export type { ConfigOutline } from './outline.ts'
export { type ParsedConfig, parseConfig } from './parser.ts'
export * from './text/diagnostic.ts'
export { DiagnosticList } from './text/diagnostic-list.ts'
export { newDiagnostics } from './text/new-diagnostics.ts'
export { pictured } from './text/picture.ts'
export { SourceText } from './text/source-text.ts'
export type { Span } from './text/span.ts'
export { type WrittenLines, writtenLines } from './written.ts'
