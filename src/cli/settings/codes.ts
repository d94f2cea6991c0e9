/** The codes of diagnostics about settings, and about what a node has. */
import { type CodeRow, type Diagnostic, diagnosticHeadline } from '../../config/index.ts'

/** Every diagnostic of the settings: of kickback.toml, of the values, and of the file of TSIG keys. */
export const SETTINGS_CODES = {
  'settings-unreadable': { severity: 'error', meaning: 'The file of settings cannot be read.' },
  'settings-syntax': {
    severity: 'error',
    meaning: 'From this position on the settings file is not valid TOML. None of its settings is used.',
  },
  'settings-invisible': {
    severity: 'error',
    meaning:
      'Outside comments there is a character that cannot be seen: a no-break space, a byte order mark, a carriage return in the middle of a line. TOML does not accept it as a blank.',
  },
  'unknown-setting': { severity: 'error', meaning: 'There is no setting with this name.' },
  'setting-of-master': {
    severity: 'error',
    meaning:
      'The setting is part of each generation, so that all machines give the same answers. Set it on the master, not on a node.',
  },
  'bad-setting': { severity: 'error', meaning: 'The value does not have the type or the form of this setting.' },
  'own-server': {
    severity: 'error',
    meaning: 'The address of a server to ask is the address of this server itself.',
  },
  'tsig-unreadable': {
    severity: 'error',
    meaning: 'The file of TSIG keys cannot be read, or other users than its owner can read it.',
  },
  'bad-tsig-key': {
    severity: 'error',
    meaning: 'A line of the file of TSIG keys is not NAME:SECRET with a secret in base64. The line is not shown.',
  },
  'unknown-tsig-key': {
    severity: 'error',
    meaning: 'The setting names a TSIG key for a secondary, but the file of keys does not have it.',
  },
} as const satisfies Record<string, CodeRow>

/**
 * Those of what may be mended without a change of what is written: a file that is put there, its mode, an address that moves. Whoever
 * starts a daemon may try again.
 */
export const PASSING_CODES: ReadonlySet<string> = new Set<keyof typeof SETTINGS_CODES>([
  'settings-unreadable',
  'tsig-unreadable',
  'own-server',
])

/** Every diagnostic of what a node has. */
export const NODE_CODES = {
  insecure: {
    severity: 'warning',
    meaning: 'The node believes any machine that answers as its master (`--insecure`).',
  },
  'no-key': { severity: 'error', meaning: 'The node has no public key of its cluster, and `insecure` is not set.' },
  'key-and-insecure': { severity: 'error', meaning: 'The node has a key, and `insecure` is set too.' },
  'bad-key': { severity: 'error', meaning: 'The file that the setting `key` names is not a public key.' },
  'no-copy': {
    severity: 'warning',
    meaning: 'The node has not fetched a generation yet, or cannot read its copy.',
  },
  'unproved-copy': {
    severity: 'error',
    meaning: 'The copy of the node is not signed with its key.',
  },
} as const satisfies Record<string, CodeRow>

/** Settings with which nothing can be started. The message is the diagnostic's headline. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly diagnostic: Diagnostic

  constructor(diagnostic: Diagnostic) {
    super(diagnosticHeadline(diagnostic))
    this.diagnostic = diagnostic
  }
}
