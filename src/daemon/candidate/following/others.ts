/** A build of which the accounts are as they were: all but them is read and built. */
import { grafted, Snapshot, spliced } from '../../../resolver/index.ts'
import { mustBeLocal } from '../../../values/index.ts'
import {
  ACCOUNT_DATABASES,
  ACCOUNT_SECTIONS,
  isEachNamedOnce,
  OTHERS,
  withAccounts,
  withoutAccounts,
} from '../account-part.ts'
import { buildCandidate, type Candidate } from '../candidate.ts'
import { exportedNames } from './exported-names.ts'
import type { Following } from './following.ts'

/** The candidate; `why` is told: why the configuration was read whole. */
export function candidateOfOthers(following: Following, why?: string): Candidate {
  const { order, addressesOf, memory, before, shadow, sources } = following
  mustBeLocal(isEachNamedOnce(sources), 'two sources have one name')
  return buildCandidate(order, addressesOf, undefined, {
    others: withoutAccounts,
    reading: (reading) => ({
      ...reading,
      accounts: { ...reading.accounts, unexported: memory.unexported },
      diagnostics: withAccounts(sources, reading.diagnostics, memory.diagnostics),
    }),
    snapshots: (made) => ({
      public: made.public && grafted(Snapshot.open(made.public), before, ACCOUNT_DATABASES),
      shadow: shadow && spliced(shadow, new Map())?.bytes,
    }),
    ...(memory.rules.logins.length > 0 && { names: exportedNames(before) }),
    work: {
      ...(why !== undefined && { wholeConfiguration: why }),
      bytesRead: OTHERS.reduce((sum, name) => sum + sources[name].bytes.length, 0),
      ...{ sectionsCopied: ACCOUNT_SECTIONS, sectionsEdited: 0 },
    },
  })
}
