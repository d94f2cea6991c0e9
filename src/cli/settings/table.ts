/** The table of settings: one row each, from which options, keys of the file, help and manual pages are made. */
import { FILE_DATABASE_NAMES, FILE_DATABASES, type FileDatabaseName, USUAL_ZONES } from '../../resolver/index.ts'
import type { CommandName } from '../synopsis.ts'
import { row, type SettingRow } from './setting.ts'
import type { SettingValues } from './types.ts'
import { LOG_FORMATS, LOG_LEVELS } from './values.ts'

const DAEMONS: readonly CommandName[] = ['serve', 'proxy']
/** The commands that run until they are ended; all of them answer DNS. */
export const DAEMON_COMMANDS: readonly CommandName[] = [...DAEMONS, 'dns']
const READERS: readonly CommandName[] = ['serve', 'check', 'export']
const ACCOUNT_RULES: readonly CommandName[] = ['serve', 'proxy', 'check', 'export']
const ASKERS: readonly CommandName[] = ['query', 'status', 'reload', 'history', 'keys']

/** Where the settings file is looked for when the command line names none. */
export const DEFAULT_SETTINGS_FILE = '/etc/kickback/kickback.toml'

/** The file of each database that is read from one of its own, under the database's name. */
const FILE_SETTINGS = Object.fromEntries(
  FILE_DATABASE_NAMES.map((name) => {
    const { path, doc } = FILE_DATABASES[name].file
    return [name, row('path', `--${name}`, 'FILE', [path], READERS, doc)]
  }),
) as { readonly [D in FileDatabaseName]: SettingRow<'path'> }

/** Every setting there is. The order is that of help and manual. */
export const SETTINGS = {
  settings: row(
    'path',
    '--settings',
    'FILE',
    [DEFAULT_SETTINGS_FILE],
    [...READERS, 'proxy', 'dns', 'nsswitch', ...ASKERS, 'snapshot'],
    'The file of settings. Without this option it may be missing.',
    { key: null },
  ),
  config: row('path', '--config', 'FILE', ['/etc/beowulf/config'], READERS, 'The configuration of the cluster.'),
  passwd: row('path', '--passwd', 'FILE', ['/etc/passwd'], READERS, 'The users, as passwd(5).'),
  group: row('path', '--group', 'FILE', ['/etc/group'], READERS, 'The groups, as group(5).'),
  shadow: row(
    'path',
    '--shadow',
    'FILE',
    ['/etc/shadow'],
    READERS,
    'The shadow entries, as shadow(5). If the file cannot be read, there are none.',
  ),
  ...FILE_SETTINGS,
  loginDefs: row(
    'path',
    '--login-defs',
    'FILE',
    ['/etc/login.defs'],
    ACCOUNT_RULES,
    'The file with UID_MIN, UID_MAX, GID_MIN and GID_MAX. A master does not export accounts outside these limits. A proxy does not take accounts below them.',
  ),
  users: row(
    'names',
    '--users',
    'NAME',
    [],
    ACCOUNT_RULES,
    'Users to export even if their id is outside UID_MIN to UID_MAX. On a proxy: users to take even if their id is below UID_MIN.',
  ),
  groups: row(
    'names',
    '--groups',
    'NAME',
    [],
    ACCOUNT_RULES,
    'Groups to export even if their id is outside GID_MIN to GID_MAX, or their name gives power. On a proxy: groups to take even if their id is below GID_MIN.',
  ),
  disabledUsers: row(
    'disabled users',
    '--disabled-users',
    'MODE',
    ['keep'],
    READERS,
    'What to do with users whose account is locked or expired: keep exports them unchanged, nologin exports them with the shell nologin, omit does not export them.',
  ),
  domain: row(
    'domain',
    '--domain',
    'DOMAIN',
    ['cluster.internal'],
    [...READERS, 'setup'],
    'The domain of the cluster.',
  ),
  skipBadLines: row(
    'switch',
    '--skip-bad-lines',
    '',
    [],
    READERS,
    'Leave out lines of the configuration that have an error, instead of refusing the whole configuration.',
  ),
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
    "The public key of the cluster, signing.pub. Data that is not signed with the masters' key is refused.",
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
  asMaster: row(
    'switch',
    '--master',
    '',
    [],
    ['nsswitch'],
    'Edit the file of a master, whose own files have the users, groups and networks of the cluster. Without this option: what this machine was set up as, else a node.',
    { key: null },
  ),
  nsswitchFile: row('path', '--file', 'FILE', ['/etc/nsswitch.conf'], ['nsswitch'], 'The file to edit.', { key: null }),
  root: row(
    'optional path',
    '--root',
    'DIR',
    [],
    ['nsswitch'],
    'Edit the file of the image below this folder. No program of the image is run.',
    { key: null },
  ),
  plan: row('switch', '--dry-run', '', [], ['setup', 'nsswitch'], 'Only print what would be done.', { key: null }),
  runDir: row(
    'path',
    '--run-dir',
    'DIR',
    ['/run/kickback'],
    [...DAEMON_COMMANDS, ...ASKERS],
    'The folder of the sockets and the published snapshots.',
    { env: 'KICKBACK_RUN_DIR' },
  ),
  stateDir: row(
    'path',
    '--state-dir',
    'DIR',
    ['/var/lib/kickback'],
    [...DAEMONS, 'check'],
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
  dns: row(
    'endpoints',
    '--dns',
    'HOST:PORT',
    [],
    [...READERS, 'proxy', 'dns'],
    'Where to answer DNS over UDP and TCP.',
    {
      key: 'dns.listen',
      defaultDoc: 'off',
      usualPort: 53,
    },
  ),
  dnsTtl: row(
    'seconds',
    '--dns-ttl',
    'SECONDS',
    [String(USUAL_ZONES.ttl)],
    READERS,
    'How long resolvers may cache an answer.',
    { key: 'dns.ttl', ofMaster: true },
  ),
  dnsNegativeTtl: row(
    'seconds',
    '--dns-negative-ttl',
    'SECONDS',
    [String(USUAL_ZONES.negativeTtl)],
    READERS,
    'How long resolvers may cache that a name does not exist.',
    { key: 'dns.negative_ttl', ofMaster: true },
  ),
  dnsNs: row(
    'name servers',
    '--dns-ns',
    'NAME[=ADDRESS]',
    [],
    READERS,
    'The name servers of the zones, the primary first.',
    { key: 'dns.ns', defaultDoc: 'the masters', ofMaster: true },
  ),
  dnsRname: row(
    'mailbox',
    '--dns-rname',
    'NAME',
    [],
    READERS,
    'The mailbox of the person responsible for the zones, with a dot instead of the @.',
    { key: 'dns.rname', defaultDoc: 'hostmaster.DOMAIN', ofMaster: true },
  ),
  dnsReverseZones: row(
    'reverse zones',
    '--dns-reverse-zones',
    'NETWORK',
    [],
    READERS,
    'Networks that are one reverse zone each, such as 10.1.0.0/16.',
    { key: 'dns.reverse_zones', defaultDoc: 'zones of 256 addresses', ofMaster: true },
  ),
  dnsForward: row(
    'endpoints',
    '--forward',
    'HOST[:PORT]',
    [],
    DAEMON_COMMANDS,
    'The resolvers to ask for names outside the zones of the cluster, in order.',
    {
      key: 'dns.forward',
      defaultDoc: 'none: such names are refused, and names without a dot do not exist',
      usualPort: 53,
    },
  ),
  dnsFallthrough: row(
    'endpoints',
    '--dns-fallthrough',
    'HOST[:PORT]',
    [],
    DAEMON_COMMANDS,
    "The site's own servers of the domain. They are asked for those names of the domain that the cluster does not have.",
    { key: 'dns.fallthrough', usualPort: 53 },
  ),
  dnsForwardZones: row(
    'zones',
    '--dns-forward-zones',
    'ZONE',
    [],
    DAEMON_COMMANDS,
    'Zones of private names that the resolvers of --forward know: 10.in-addr.arpa, 192.168.0.0/16, home.arpa.',
    { key: 'dns.forward_zones' },
  ),
  dnsSecondaries: row(
    'secondaries',
    '--dns-secondaries',
    'HOST[:PORT][ KEY]',
    [],
    DAEMON_COMMANDS,
    'The servers that may copy the zones and are notified of changes, each with the name of its TSIG key if it has one.',
    { key: 'dns.secondaries', usualPort: 53 },
  ),
  dnsTsig: row(
    'optional path',
    '--dns-tsig',
    'FILE',
    [],
    DAEMON_COMMANDS,
    'The file of the TSIG keys (hmac-sha256), readable by its owner only: one line NAME:SECRET for each key, the secret in base64.',
    { key: 'dns.tsig' },
  ),
  allow: row(
    'networks',
    '--allow',
    'CIDR',
    [],
    ['serve', 'dns'],
    'Networks that may ask over TCP and DNS, besides loopback and the machines of the configuration.',
  ),
  dnsUser: row(
    'user name',
    '--dns-user',
    'NAME',
    ['nobody'],
    DAEMON_COMMANDS,
    'The user that the DNS process runs as if it is started by root. It is looked up in /etc/passwd.',
    { key: 'dns.user' },
  ),
  metrics: row(
    'endpoint',
    '--metrics',
    'HOST:PORT',
    [],
    DAEMON_COMMANDS,
    'Where to serve metrics for Prometheus over HTTP.',
    {
      defaultDoc: 'off',
    },
  ),
  logLevel: row(
    'log level',
    '--log-level',
    'LEVEL',
    ['info'],
    DAEMON_COMMANDS,
    `The least serious messages that are logged: ${LOG_LEVELS.join(', ')}.`,
  ),
  logFormat: row(
    'log format',
    '--log-format',
    'FORMAT',
    ['plain'],
    DAEMON_COMMANDS,
    `How messages are logged, ${LOG_FORMATS.join(' or ')}: plain lines begin with a syslog priority.`,
  ),
  tryConfig: row(
    'optional path',
    '--config',
    'FILE',
    [],
    ['reload'],
    'With --dry-run: the configuration to try instead of the usual one.',
    { key: null },
  ),
  dryRun: row(
    'switch',
    '--dry-run',
    '',
    [],
    ['reload'],
    'Only show what would change, and what the loss limit would refuse.',
    { key: null },
  ),
  force: row(
    'switch',
    '--force',
    '',
    [],
    ['reload'],
    'Publish in spite of the loss limit. On a node: take what a living master offers, whatever is lost.',
    { key: null },
  ),
  backTo: row(
    'optional generation',
    '--back-to',
    'GENERATION',
    [],
    ['reload'],
    'Serve the content of this earlier generation, under a new number, until --release. No file is read.',
    { key: null },
  ),
  release: row('switch', '--release', '', [], ['reload'], 'Serve what the files say again.', { key: null }),
  json: row(
    'switch',
    '--json',
    '',
    [],
    ['setup', 'nsswitch', 'keys', 'check', 'query', 'export', 'status', 'reload', 'history', 'snapshot'],
    'Print JSON, for programs.',
    { key: null },
  ),
} as const satisfies Record<string, SettingRow>

/** The text about a setting of the master on a proxy. */
export const OF_THE_MASTER =
  'is a setting of the master: it is part of each generation, so that all machines give the same answers'
/** The name by which inner code knows a setting. */
export type SettingName = keyof typeof SETTINGS
/** Every setting with its value; nothing is undefined. */
export type Settings = { readonly [Name in SettingName]: SettingValues[(typeof SETTINGS)[Name]['type']] }

/** The rows with their names, in order. */
export const SETTING_ROWS: readonly (readonly [SettingName, SettingRow])[] = Object.entries(SETTINGS) as [
  SettingName,
  SettingRow,
][]
