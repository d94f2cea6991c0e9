/** What a node tells of the accounts of its own files whose ids are not those of the cluster. */

/** The accounts of a node's own files whose ids are not those of the cluster. */
export interface OtherIdsReport {
  readonly count: number
  readonly accounts: readonly OtherIdReport[]
}

/** One of them: it has another id than the cluster gives the name, or an id that the cluster gives to another name. */
export interface OtherIdReport {
  readonly kind: string
  readonly name: string
  readonly id: number
  readonly cluster_id?: number
  readonly cluster_name?: string
}

/** Such an account for people, without the machine that has it. */
export function otherIdText({ kind, name, id, cluster_id: same, cluster_name: owner = '' }: OtherIdReport): string {
  const cluster = same === undefined ? `which is the id of "${owner}" in the cluster` : `and ${same} in the cluster`
  return `${kind} "${name}" has the id ${id} there, ${cluster}`
}

/** The fields of `other_ids` of HELLO, and of a node. */
export const OTHER_IDS_REPORT: Readonly<Record<keyof OtherIdsReport, string>> = {
  count: 'how many there are; 0: none any more',
  accounts: 'the first of them, OTHER_IDS_MAX at most, each a map: see below',
}

/** The fields of an account in `other_ids`. */
export const OTHER_ID_REPORT: Readonly<Record<keyof OtherIdReport, string>> = {
  kind: '`user` or `group`',
  name: 'its name, of which OTHER_NAME_MAX printable bytes are taken',
  id: 'its id on the node',
  cluster_id: 'the id of this name in the cluster; absent if the cluster has no such name',
  cluster_name: 'if it has none: the name of this id in the cluster',
}
