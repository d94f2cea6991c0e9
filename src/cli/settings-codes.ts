/** The codes of what can be said about settings, and about what a node has. */
import { type CodeRow, type Diagnostic, diagnosticHeadline } from '../config/index.ts'

/** Every diagnostic of the settings: of kickback.toml, of the values, and of the file of TSIG keys. */
export const SETTINGS_CODES = {
  'settings-unreadable': { severity: 'error', meaning: 'The file of settings cannot be read.' },
  'settings-syntax': {
    severity: 'error',
    meaning: 'The file of settings is not TOML from here on. None of it counts.',
  },
  'settings-invisible': {
    severity: 'error',
    meaning:
      'A character stands outside comments that nobody sees: a no-break space, a byte order mark, a carriage return in mid-line. TOML takes none of them as a blank.',
  },
  'unknown-setting': { severity: 'error', meaning: 'No setting has this name.' },
  'setting-of-master': {
    severity: 'error',
    meaning:
      'The setting is part of each generation, so that all machines answer the same: it belongs on the master, not on a node.',
  },
  'bad-setting': { severity: 'error', meaning: 'The value is not of the type or form that the setting wants.' },
  'own-server': {
    severity: 'error',
    meaning: 'A server to ask is this server itself: it would ask itself without end.',
  },
  'tsig-unreadable': {
    severity: 'error',
    meaning: 'The file of TSIG keys cannot be read, or others than its owner may read it.',
  },
  'bad-tsig-key': {
    severity: 'error',
    meaning: 'A line of the file of TSIG keys is not NAME:SECRET with a secret in base64. The line is not shown.',
  },
  'unknown-tsig-key': {
    severity: 'error',
    meaning: 'A secondary is to use a TSIG key that is not in the file of keys.',
  },
} as const satisfies Record<string, CodeRow>

/** Every diagnostic of what a node has. */
export const NODE_CODES = {
  insecure: {
    severity: 'warning',
    meaning: 'The node believes whatever a master says (`--insecure`).',
  },
  'no-key': { severity: 'error', meaning: 'The node has no public key of its cluster, and is not told to do without.' },
  'key-and-insecure': { severity: 'error', meaning: 'The node has a key, and is told to do without one.' },
  'bad-key': { severity: 'error', meaning: 'The file that the setting `key` names is not a public key.' },
  'no-copy': {
    severity: 'warning',
    meaning: 'The node has fetched no generation yet, or cannot read the one that it keeps.',
  },
  'unproved-copy': {
    severity: 'error',
    meaning: 'The generation that the node keeps is not signed by the key that it has.',
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
