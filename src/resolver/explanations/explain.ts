/** Explains what a key of a database leads to: the record and the lines that made it, or the nearest reason why there is none. */

import { IdFloor, type IdRule } from '../accounts/floor.ts'
import { type DatabaseName, FILE_DATABASES, type FileDatabaseName } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import { explainGroup, explainInitgroups, explainShadow, explainUser } from './accounts.ts'
import { explainEther } from './ethers.ts'
import type { Evidence } from './evidence.ts'
import { absent, type Explanation } from './explanation.ts'
import { explainFileEntry } from './file-entries.ts'
import { explainHost } from './hosts.ts'
import { explainNetgroup } from './netgroups.ts'

/** Explains a key as it was typed (a byte string). `floor` is the rule of a machine that does not take every id; absent on a master. */
export function explain(evidence: Evidence, database: DatabaseName, typed: ByteString, floor?: IdRule): Explanation {
  const explanation = explained(evidence, database, typed)
  const { record } = explanation
  if (floor === undefined || record === undefined) return explanation
  if (new IdFloor(evidence.snapshot, floor).taken(database, record) !== undefined) return explanation
  const why = `${explanation.message}; this machine does not take it: an id of it is below UID_MIN ${floor.uidMin} or GID_MIN ${floor.gidMin} of this machine, and the settings 'users' and 'groups' do not name it`
  return absent('id-floor', why, explanation.lines)
}

function explained(evidence: Evidence, database: DatabaseName, typed: ByteString): Explanation {
  if (isFileDatabase(database)) return explainFileEntry(evidence, database, typed)
  switch (database) {
    case 'hosts':
      return explainHost(evidence, typed)
    case 'ethers':
      return explainEther(evidence, typed)
    case 'passwd':
      return explainUser(evidence, typed)
    case 'group':
      return explainGroup(evidence, typed)
    case 'initgroups':
      return explainInitgroups(evidence, typed)
    case 'shadow':
      return explainShadow(evidence, typed)
    case 'netgroup':
      return explainNetgroup(evidence, typed)
  }
}

function isFileDatabase(database: DatabaseName): database is FileDatabaseName {
  return Object.hasOwn(FILE_DATABASES, database)
}
