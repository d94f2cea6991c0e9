/** The types of settings: what each makes of its text, wherever that was given, and what the file must have for it. */
import { resolve } from 'node:path'
import { DHCP_SERVERS } from '../../boot/index.ts'
import { ACCOUNT_SOURCES, DISABLED_USERS, LOOKUPS } from '../../resolver/index.ts'
import {
  endpointValue,
  httpAddressValue,
  LOG_FORMATS,
  LOG_LEVELS,
  LOG_QUERIES,
  NODE_FILTERS,
  networkValue,
  PING_WAYS,
  parseAccountName,
  parseChoice,
  parseDhcpNetwork,
  parseDnsServer,
  parseDomain,
  parseGeneration,
  parseIdRange,
  parseLogins,
  parseMailbox,
  parseNameServer,
  parseNodes,
  parsePasswordRule,
  parseProcesses,
  parseReverseZones,
  parseSecondary,
  parseSeconds,
  parseZones,
  ValueError,
} from './values.ts'

/** A type of settings, and what inner code sees of one. Null is "none". */
export interface TypeRow<Value> {
  /** The type of TOML, of each value in a list. */
  readonly inFile: 'string' | 'number' | 'boolean'
  /** Whether it is a table of the file with any keys: `KEY = [A, B]` is the text `KEY=A,B`. */
  readonly isTable?: true
  /** Whether it takes several values. */
  readonly isList: boolean
  /** The value; `usualPort` is the port that may be left out. Throws ValueError, which says what was wanted. */
  readonly read: (texts: readonly string[], usualPort?: number) => Value
}

/** Reads one text. */
type Parse<Value> = (text: string, usualPort?: number) => Value

/** One value, of a setting that has a default. */
function one<Value>(parse: Parse<Value>): TypeRow<Value> {
  return { inFile: 'string', isList: false, read: ([text = ''], usualPort) => parse(text, usualPort) }
}

function optional<Value>(parse: Parse<Value>): TypeRow<Value | null> {
  const read = ([text]: readonly string[], usualPort?: number) => (text === undefined ? null : parse(text, usualPort))
  return { inFile: 'string', isList: false, read }
}

function list<Value>(read: TypeRow<readonly Value[]>['read']): TypeRow<readonly Value[]> {
  return { inFile: 'string', isList: true, read }
}

function listOf<Value>(parse: Parse<Value>): TypeRow<readonly Value[]> {
  return list((texts, usualPort) => texts.map((text) => parse(text, usualPort)))
}

function choiceOf<Choice extends string>(choices: readonly Choice[]): TypeRow<Choice> {
  return one((text) => parseChoice(text, choices))
}

/** Every type that a setting can have. */
export const SETTING_TYPES = {
  path: one(readPath),
  'optional path': optional(readPath),
  /** A path, or `none`. */
  'path or none': one((text) => (text === 'none' ? null : readPath(text))),
  /** A path, or `-` for standard input. */
  'optional input': optional((text) => (text === '-' ? text : readPath(text))),
  /** One word of a line of the configuration, which says itself what it can be. */
  'optional word': optional((text) => text),
  words: listOf((text) => text),
  endpoint: optional(endpointValue),
  endpoints: listOf(endpointValue),
  'http address': optional(httpAddressValue),
  networks: listOf(networkValue),
  addresses: listOf(parseDnsServer),
  'DHCP networks': listOf(parseDhcpNetwork),
  'DHCP server': choiceOf(DHCP_SERVERS),
  domain: one(parseDomain),
  names: listOf(parseAccountName),
  'user name': one(parseAccountName),
  /** Zones of DNS in small letters, without the final dot. */
  zones: list((texts) => texts.flatMap(parseZones)),
  /** A whole number of seconds. */
  seconds: { ...one(parseSeconds), inFile: 'number' },
  /** How many processes; 0 for as many as fit this machine. */
  processes: { ...one(parseProcesses), inFile: 'number' },
  /** A set of nodes, as the configuration writes it. */
  'node set': optional(parseNodes),
  'optional generation': { ...optional(parseGeneration), inFile: 'number' },
  'name servers': listOf(parseNameServer),
  'reverse zones': list(parseReverseZones),
  secondaries: listOf(parseSecondary),
  /** Rules of who may log in where. */
  logins: { ...listOf(parseLogins), isTable: true },
  /** Rules of whose password hashes go where. */
  'password rules': { ...listOf(parsePasswordRule), isTable: true },
  mailbox: optional(parseMailbox),
  'disabled users': choiceOf(DISABLED_USERS),
  'account source': choiceOf(ACCOUNT_SOURCES),
  lookups: choiceOf(LOOKUPS),
  'id range': optional(parseIdRange),
  'node states': listOf((text) => parseChoice(text, NODE_FILTERS)),
  'ping way': choiceOf(PING_WAYS),
  'log level': choiceOf(LOG_LEVELS),
  'log format': choiceOf(LOG_FORMATS),
  'log queries': choiceOf(LOG_QUERIES),
  /** On when it is given at all, unless as `false`. */
  switch: { inFile: 'boolean', isList: false, read: ([text]: readonly string[]): boolean => text === 'true' },
} as const satisfies Record<string, TypeRow<unknown>>

/** The name of a setting's type. */
export type SettingType = keyof typeof SETTING_TYPES
/** What inner code sees of each type. */
export type SettingValues = { readonly [Type in SettingType]: ReturnType<(typeof SETTING_TYPES)[Type]['read']> }

/** What the file must have for a type, in words. */
export function wordsOf(type: SettingType): string {
  const { inFile, isList }: TypeRow<unknown> = SETTING_TYPES[type]
  if (isList) return 'list of strings'
  return inFile === 'boolean' ? 'true or false' : inFile
}

function readPath(text: string): string {
  if (text === '' || text.includes('\0')) throw new ValueError('a path is needed')
  return resolve(text)
}
