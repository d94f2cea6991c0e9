/** The log of a daemon: the one file that knows pino. */
import { type Logger as Pino, pino } from 'pino'
import type { LogSink } from './log-sink.ts'
import type { LOG_FORMATS, LOG_LEVELS } from './settings/values.ts'

/** What daemons log with: a message, and what belongs to it as fields. Pino's own methods fit. */
export type Logger = Pick<Pino, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'>

/** The syslog priorities (sd-daemon(3)) of pino's levels. */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 }

/**
 * A logger. `json`: pino's own lines. `plain`: `<6>message field=value`, which the journal takes apart again; the journal
 * knows the time, so a plain line has none.
 */
export function createLogger(
  format: (typeof LOG_FORMATS)[number],
  level: (typeof LOG_LEVELS)[number],
  sink: LogSink,
): Logger {
  if (format === 'json') return pino({ level, base: { name: 'kickback' } }, sink)
  const plain = { write: (line: string) => sink.write(plainLine(line)) }
  return pino({ level, base: null, timestamp: false }, plain)
}

/** Pino's JSON line as a plain one. */
function plainLine(line: string): string {
  const { level, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  const error = typeof err === 'object' && err !== null && 'message' in err ? { error: err.message } : {}
  const rest = Object.entries({ ...fields, ...error }).map(([name, value]) => ` ${name}=${fieldText(value)}`)
  return `<${PRIORITIES[Number(level)] ?? 6}>${oneLine(String(msg ?? ''))}${rest.join('')}\n`
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

/** A message never makes a second line, or a client could write log lines of its own. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1))
}
