/** Rows of settings on where the folders of a daemon are, and where it answers the kickback protocol. */
import { ASKERS, DAEMON_COMMANDS, DAEMONS, EDITORS, KEEPERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** Where the folders of a daemon are, and the places where it answers the kickback protocol. */
export const PLACE_SETTINGS = {
  runDir: row(
    'path',
    '--run-dir',
    'DIR',
    ['/run/kickback'],
    [...DAEMON_COMMANDS, ...ASKERS, 'restore'],
    'The folder of the sockets and the published snapshots.',
    { env: 'KICKBACK_RUN_DIR' },
  ),
  stateDir: row(
    'path',
    '--state-dir',
    'DIR',
    ['/var/lib/kickback'],
    [...DAEMONS, 'check', 'explain', 'export', 'keys', 'nodes', ...KEEPERS, ...EDITORS],
    'The folder of the last good snapshot and the signing key.',
  ),
  server: row(
    'endpoint',
    '--server',
    'HOST:PORT',
    [],
    ['query', 'status'],
    'The service to ask over TCP, instead of the sockets in the run dir.',
    { key: null, usualPort: 3045 },
  ),
  listen: row(
    'endpoints',
    '--listen',
    'HOST:PORT',
    [],
    ['serve', 'check'],
    'Where to answer the kickback protocol over TCP.',
    {
      defaultDoc: 'loopback and the address of this master, port of `server beonss` (3045)',
      usualPort: 3045,
    },
  ),
  listenTls: row(
    'endpoints',
    '--listen-tls',
    'HOST:PORT',
    [],
    ['serve', 'check'],
    'Where to answer the kickback protocol over TLS: nodes get their certificates there, and shadow entries if they may have them.',
    {
      defaultDoc: 'the address of this master, the port after that of `server beonss` (3046); nowhere if listen is set',
      usualPort: 3046,
    },
  ),
} as const satisfies Record<string, SettingRow>
