/** The account files read whole, and the snapshot of before with what they make: the configuration is neither read nor built. */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnostic } from '../../../config/index.ts'
import { grafted, layout, Snapshot } from '../../../resolver/index.ts'
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
import { type Followed, type Following, followed, mustHaveItsAddress } from './following.ts'

/** What is made of them; `why` is told: why they were read whole. Throws NotLocalError where more than they would be other than before. */
export function followedAccountFiles(following: Following, why: string): Followed {
  mustHaveItsAddress(following)
  const { order, memory, before, sources } = following
  mustBeLocal(isEachNamedOnce(sources), 'two sources have one name')
  const { made, unexported, diagnostics } = accountsAlone({ sources, rules: memory.rules, today: order.today })
  mustBeLocal(made?.public !== undefined, 'there is an error in an account file')
  const accounts = Snapshot.open(made.public)
  mustBeNamedAlike(following, accounts)
  const built = { public: grafted(before, accounts, ACCOUNT_DATABASES), shadow: made.shadow }
  const sections = (before.header.tableEnd - before.header.tableStart) / layout.SECTION.size
  return followed(
    following,
    built,
    { ...diagnosticsAfter(following, diagnostics), unexported },
    {
      wholeAccounts: why,
      bytesRead: ACCOUNTS.reduce((sum, name) => sum + sources[name].bytes.length, 0),
      recordsMade: wholeWork(sources, made).recordsMade,
      ...{ sectionsCopied: sections - ACCOUNT_SECTIONS, sectionsEdited: 0 },
    },
  )
}

/** What rules of the settings say of accounts is what they said. */
function mustBeNamedAlike({ memory, before }: Following, accounts: Snapshot): void {
  const { logins } = memory.rules
  if (logins.length === 0) return
  const [was, is] = [before, accounts].map((one) => accountDiagnostics(logins, exportedNames(one)))
  mustBeLocal(isDeepStrictEqual(was, is), 'accounts come or go that rules of the settings name')
}

/** What was said besides, and what is said of the account files. */
function diagnosticsAfter({ memory, sources }: Following, accounts: readonly Diagnostic[]) {
  const files = new Set(ACCOUNTS.map((name) => sources[name].origin))
  const others = memory.diagnostics.slice(0, memory.ofReading).filter(({ file }) => !files.has(file))
  const ofReading = withAccounts(sources, others, accounts)
  return {
    diagnostics: [...ofReading, ...memory.diagnostics.slice(memory.ofReading)],
    ofReading: ofReading.length,
  }
}
