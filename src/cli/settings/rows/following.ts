/** Rows of settings on whom a node follows, and by which key it believes what it is given. */
import { row, type SettingRow } from '../setting.ts'

/** Whom a node follows, and by which key it believes what it is given. */
export const FOLLOWING_SETTINGS = {
  master: row(
    'endpoints',
    '--master',
    'HOST:PORT',
    [],
    ['proxy', 'setup', 'check'],
    'The masters to follow, first choice first.',
    { usualPort: 3045 },
  ),
  key: row(
    'optional path',
    '--key',
    'FILE',
    [],
    ['proxy', 'dns', 'setup', 'check', 'snapshot'],
    'The public key of the cluster, root.pub of a master. Data that is not signed with a key that it certifies is refused.',
  ),
  certificate: row(
    'switch',
    '--certificate',
    '',
    [],
    ['proxy', 'setup', 'check'],
    'Ask the masters for a certificate, by which this node proves who it is. An administrator approves its key once: kickback keys approve, or the join token of the set-up does it. Without a certificate a node gets no shadow entries.',
  ),
  hostKeys: row(
    'path or none',
    '--host-keys',
    'DIR',
    ['/etc/ssh'],
    ['proxy', 'check'],
    'Where sshd has its public host keys (ssh_host_*_key.pub): a node with a certificate tells its masters of them, for kickback export known_hosts. none: it tells of none.',
  ),
  shadowMaxAge: row(
    'seconds',
    '--shadow-max-age',
    'SECONDS',
    ['604800'],
    ['proxy', 'check'],
    'How long a node keeps shadow entries while no master proves that they are granted to it. Other data is kept for ever.',
  ),
  insecure: row(
    'switch',
    '--insecure',
    '',
    [],
    ['proxy', 'setup', 'check'],
    'Believe any machine that answers as a master, without a key. For trials only.',
  ),
  tokenFile: row(
    'optional input',
    '--token-file',
    'FILE',
    [],
    ['setup'],
    'The file of the join token that kickback keys token made on the master, or - for standard input. A token cannot be given on the command line, where other users can see it.',
    { key: null },
  ),
} as const satisfies Record<string, SettingRow>
