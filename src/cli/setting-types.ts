/** The types of settings: how the text of each is read, wherever it was given. */
import { resolve } from 'node:path'
import { DISABLED_USERS } from '../resolver/index.ts'
import {
  endpointValue,
  LOG_FORMATS,
  LOG_LEVELS,
  networkValue,
  parseAccountName,
  parseChoice,
  parseDomain,
  parseMailbox,
  parseNameServer,
  parseReverseZones,
  parseSecondary,
  parseSeconds,
  parseZones,
  type SettingType,
  type SettingValues,
  ValueError,
} from './values.ts'

/**
 * What each type of setting makes of its texts; `usualPort` is the port that may be left out. Throws ValueError, which says
 * what was wanted. A switch is on when it is given at all, unless as `false`.
 */
export const READ_AS: {
  readonly [Type in SettingType]: (
    texts: readonly string[],
    row: { readonly usualPort?: number },
  ) => SettingValues[Type]
} = {
  path: ([text = '']) => readPath(text),
  'optional path': ([text]) => (text === undefined ? null : readPath(text)),
  endpoint: ([text], { usualPort }) => (text === undefined ? null : endpointValue(text, usualPort)),
  endpoints: (texts, { usualPort }) => texts.map((text) => endpointValue(text, usualPort)),
  networks: (texts) => texts.map(networkValue),
  domain: ([text = '']) => parseDomain(text),
  names: (texts) => texts.map(parseAccountName),
  'user name': ([text = '']) => parseAccountName(text),
  zones: (texts) => texts.flatMap(parseZones),
  seconds: ([text = '']) => parseSeconds(text),
  'name servers': (texts) => texts.map(parseNameServer),
  'reverse zones': parseReverseZones,
  secondaries: (texts, { usualPort }) => texts.map((text) => parseSecondary(text, usualPort)),
  mailbox: ([text]) => (text === undefined ? null : parseMailbox(text)),
  'disabled users': ([text = '']) => parseChoice(text, DISABLED_USERS),
  'log level': ([text = '']) => parseChoice(text, LOG_LEVELS),
  'log format': ([text = '']) => parseChoice(text, LOG_FORMATS),
  switch: ([text]) => text === 'true',
}

function readPath(text: string): string {
  if (text === '' || text.includes('\0')) throw new ValueError('a path is needed')
  return resolve(text)
}
