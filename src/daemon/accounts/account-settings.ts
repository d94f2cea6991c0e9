/** What the settings say of where accounts come from. */
import { type AccountSource, byteString, type IdRange, type Lookups } from '../../resolver/index.ts'

/** What the settings say of where accounts come from. Plain data. */
export interface AccountSettings {
  readonly source: AccountSource
  /** The services to ask; empty for those of nsswitch.conf. */
  readonly services: readonly string[]
  readonly lookups: Lookups
  /** How often accounts are listed, and how long one service has for it, in seconds. */
  readonly refresh: number
  readonly deadline: number
}

/** What holds where nothing is set. */
export const FROM_FILES: AccountSettings = {
  source: 'files',
  services: [],
  lookups: 'auto',
  refresh: 300,
  deadline: 30,
}

/** The rules of the settings on accounts. Plain data. */
export interface AccountRules {
  /** Accounts to export whatever their ids. */
  readonly users: readonly string[]
  readonly groups: readonly string[]
  /** Accounts to keep back whatever their ids. */
  readonly excludeUsers?: readonly string[]
  readonly excludeGroups?: readonly string[]
  /** The ids to export; those that login.defs(5) says unless set. */
  readonly uids?: IdRange | null
  readonly gids?: IdRange | null
  /** Where accounts come from: from files unless set. */
  readonly accounts?: AccountSettings
}

/** Which accounts are exported, as far as the settings say it. */
export function exportRules({ users, groups, excludeUsers = [], excludeGroups = [], uids, gids }: AccountRules) {
  return {
    users: users.map(byteString),
    groups: groups.map(byteString),
    excludeUsers: excludeUsers.map(byteString),
    excludeGroups: excludeGroups.map(byteString),
    ids: { uids: uids ?? undefined, gids: gids ?? undefined },
  }
}
