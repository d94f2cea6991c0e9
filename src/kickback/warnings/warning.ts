/** What an administrator should look at, and what to do: the one table of it, for the command line and for pages. */

/** What is known of a kind of warning. */
interface WarningRow {
  /** How a line for people begins: at most twelve capitals. */
  readonly label: string
  /** `error`: something does not work, or answers may be old or wrong; `kickback status` exits with 3. */
  readonly severity: 'error' | 'warning'
  /** One sentence. */
  readonly meaning: string
}

/** Every kind of warning, the gravest first. The codes are stable. */
export const WARNINGS = {
  conflict: {
    label: 'CONFLICT',
    severity: 'error',
    meaning: 'Another machine with the key of the cluster has other content. This master does not serve nodes.',
  },
  'no-generation': { label: 'NO DATA', severity: 'error', meaning: 'The node has no generation yet.' },
  'out-of-touch': { label: 'OUT OF TOUCH', severity: 'error', meaning: 'No master is in step with the node.' },
  'dns-silent': {
    label: 'NO ANSWERS',
    severity: 'error',
    meaning: 'DNS is on and not answered: its process is gone, or waits for its addresses.',
  },
  'objects-silent': {
    label: 'NOT GIVEN',
    severity: 'error',
    meaning: 'The master gives no objects by HTTP: it waits for its addresses.',
  },
  'dhcp-silent': {
    label: 'NO DHCP',
    severity: 'error',
    meaning: 'DHCP is on and dnsmasq does not run: no machine gets an address.',
  },
  'dhcp-behind': {
    label: 'DHCP BEHIND',
    severity: 'error',
    meaning: 'dnsmasq has an older configuration than the one that is served.',
  },
  'dhcp-foreign': {
    label: 'OTHER DHCP',
    severity: 'error',
    meaning: 'Another DHCP server answers on a network of this master: machines may get other addresses.',
  },
  'boot-silent': {
    label: 'NO BOOT',
    severity: 'error',
    meaning: 'Boot scripts and images are not given at an address of this master: nodes there do not boot.',
  },
  'not-written': {
    label: 'NOT WRITTEN',
    severity: 'error',
    meaning: 'What is served is not in all files: the module may answer from an older generation.',
  },
  'passwords-damaged': {
    label: 'DAMAGED',
    severity: 'error',
    meaning: 'The file that says which password hashes nodes were given was damaged: names of before are missing.',
  },
  'reload-refused': {
    label: 'REFUSED',
    severity: 'error',
    meaning: 'The last reload was refused: what was served before is still served.',
  },
  'offer-refused': {
    label: 'REFUSED',
    severity: 'error',
    meaning: 'The loss limit of the node refused a generation.',
  },
  pinned: { label: 'PINNED', severity: 'error', meaning: 'The content of an earlier generation is pinned.' },
  'not-certified': {
    label: 'NO TRUST',
    severity: 'error',
    meaning: 'The trust list does not have the signing key of this master.',
  },
  'other-key': {
    label: 'OTHER KEY',
    severity: 'error',
    meaning: 'Nodes or masters believe another key than that of this master.',
  },
  'other-content': {
    label: 'OTHER DATA',
    severity: 'error',
    meaning: 'Another master serves other content.',
  },
  insecure: {
    label: 'INSECURE',
    severity: 'warning',
    meaning: 'The node believes any machine that answers as its master.',
  },
  certificate: {
    label: 'CERTIFICATE',
    severity: 'warning',
    meaning: 'The node asks for a certificate and has none that counts, or its next one is refused.',
  },
  'loopback-only': { label: 'WARNING', severity: 'warning', meaning: 'The master listens on loopback only.' },
  'unnamed-master': {
    label: 'WARNING',
    severity: 'warning',
    meaning: 'The configuration does not name this machine as a master.',
  },
  'nodes-held': {
    label: 'HELD',
    severity: 'warning',
    meaning: 'Nodes booted one stage several times, and nobody reported that it is done. They get no image any more.',
  },
  'host-keys-waiting': {
    label: 'HOST KEYS',
    severity: 'warning',
    meaning: 'Nodes have other ssh host keys than before, which count once somebody has approved them.',
  },
  'old-key': {
    label: 'OLD KEY',
    severity: 'warning',
    meaning: 'Machines know the signing key of this master alone, and take no trust list.',
  },
  'other-id': {
    label: 'OTHER ID',
    severity: 'warning',
    meaning: 'Accounts in the own files of a node have other ids than in the cluster.',
  },
  errors: { label: 'ERRORS', severity: 'warning', meaning: 'There were unexpected errors: faults of kickback.' },
} as const satisfies Record<string, WarningRow>

/** The code of a warning. */
export type WarningCode = keyof typeof WARNINGS

/** One warning. */
export interface Warning {
  readonly code: WarningCode
  readonly severity: WarningRow['severity']
  /** What it is: a sentence without its capital and its full stop. */
  readonly text: string
  /** What to do, in the same form; absent where nothing can be done. */
  readonly remedy?: string
}

/** A warning of this kind. */
export function warning(code: WarningCode, text: string, remedy?: string): Warning {
  return { code, severity: WARNINGS[code].severity, text, ...(remedy !== undefined && { remedy }) }
}

/** The warnings, the gravest first; those of one kind stay in their order. */
export function ranked(warnings: readonly Warning[]): readonly Warning[] {
  const codes = Object.keys(WARNINGS)
  return [...warnings].sort((a, b) => codes.indexOf(a.code) - codes.indexOf(b.code))
}
