/** Rows of settings on what a daemon tells of itself: the page, metrics and the log. */
import { DAEMON_COMMANDS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'
import { LOG_FORMATS, LOG_LEVELS, LOG_QUERIES } from '../values.ts'

/** What a daemon tells of itself: the page, metrics and the log. */
export const MONITORING_SETTINGS = {
  http: row(
    'endpoint',
    '--http',
    'HOST:PORT',
    [],
    DAEMON_COMMANDS,
    'Where to answer HTTP: the page of the service, and metrics for Prometheus.',
    {
      defaultDoc: 'off',
    },
  ),
  ping: row(
    'ping way',
    '--ping',
    'WAY',
    ['arp'],
    ['serve'],
    'How machines that do not follow this master are asked whether they are there, in its own networks: arp, or off.',
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
  logQueries: row(
    'log queries',
    '--log-queries',
    'WHICH',
    ['off'],
    DAEMON_COMMANDS,
    `Which queries are logged, ${LOG_QUERIES.slice(0, -1).join(', ')} or ${LOG_QUERIES.at(-1)}: at most 50 lines in a second, and how many were left out.`,
  ),
} as const satisfies Record<string, SettingRow>
