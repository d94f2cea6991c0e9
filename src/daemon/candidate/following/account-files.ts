/** A build after which only the account files are read, as a whole: what comes of the configuration is copied from the snapshot before. */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic } from '../../../config/index.ts'
import { grafted, Snapshot } from '../../../resolver/index.ts'
import { mustBeLocal } from '../../../values/index.ts'
import {
  ACCOUNT_DATABASES,
  ACCOUNT_SECTIONS,
  ACCOUNTS,
  accountsAlone,
  isEachNamedOnce,
  withAccounts,
} from '../account-part.ts'
import { wholeWork } from '../candidate.ts'
import { accountDiagnostics } from '../logins.ts'
import { exportedNames } from './exported-names.ts'
import { type Followed, type Following, followed, mustHaveItsAddress, sectionsIn } from './following.ts'

/** The candidate of such a build. `why` says for the log why the files were read as a whole. Throws NotLocalError if more changes than the accounts. */
export function followedAccountFiles(following: Following, why: string): Followed {
  mustHaveItsAddress(following)
  const { order, memory, before, sources } = following
  mustBeLocal(isEachNamedOnce(sources), 'two sources have one name')
  const { made, unexported, diagnostics } = accountsAlone({ sources, rules: memory.rules, today: order.today })
  mustBeLocal(made?.public !== undefined, 'there is an error in an account file')
  const accounts = Snapshot.open(made.public)
  mustBeNamedAlike(following, accounts)
  const built = { public: grafted(before, accounts, ACCOUNT_DATABASES), shadow: made.shadow }
  return followed(
    following,
    built,
    { ...diagnosticsAfter(following, diagnostics), unexported },
    {
      wholeAccounts: why,
      bytesRead: ACCOUNTS.reduce((sum, name) => sum + sources[name].bytes.length, 0),
      recordsMade: wholeWork(sources, made).recordsMade,
      ...{ sectionsCopied: sectionsIn(before) - ACCOUNT_SECTIONS, sectionsEdited: 0 },
    },
  )
}

/** Throws unless the rules of the settings have the same diagnostics as before. */
function mustBeNamedAlike({ memory, before }: Following, accounts: Snapshot): void {
  const { logins } = memory.rules
  if (logins.length === 0) return
  const [was, is] = [before, accounts].map((one) => accountDiagnostics(logins, exportedNames(one)))
  mustBeLocal(isDeepStrictEqual(was, is), 'accounts come or go that rules of the settings name')
}

/** The diagnostics: those of the account files are new, the others those of before. */
function diagnosticsAfter({ memory, sources }: Following, accounts: readonly Diagnostic[]) {
  const files = new Set(ACCOUNTS.map((name) => sources[name].origin))
  const others = memory.diagnostics.slice(0, memory.ofReading).filter(({ file }) => !files.has(file))
  const ofReading = withAccounts(sources, others, accounts)
  return {
    diagnostics: [...ofReading, ...memory.diagnostics.slice(memory.ofReading)],
    ofReading: ofReading.length,
  }
}
