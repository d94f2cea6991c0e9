/** Reads /etc/hosts (hosts(5)) and /etc/ethers (ethers(5)). Each line tells by its first word which of the two it is. */
import { type Address, parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, type Place, type Reading } from '../entry.ts'
import { type TextLine, textLines, wordsOf } from './lines.ts'

/** Reads lines of hosts and of ethers, in one file or in two. */
export function readHosts(file: string, text: string): Reading {
  const reading = emptyReading()
  for (const line of textLines(file, text)) readLine(reading, line)
  return reading
}

function readLine(reading: Reading, { place, text, note }: TextLine): void {
  const words = wordsOf(text)
  const [first = '', ...rest] = words
  const address = parseAddress(first)
  if (address !== undefined) readHostLine(reading, { place, note }, address, words)
  else if (parseMac(first) !== undefined) readEtherLine(reading, place, first, rest)
  else reading.remarks.push({ place, text: `${words.join(' ')}: ${first} is neither an IP address nor a MAC address` })
}

function readHostLine(
  reading: Reading,
  { place, note }: Pick<TextLine, 'place' | 'note'>,
  address: Address,
  words: readonly string[],
): void {
  const names = words.slice(1)
  if (names.length === 0) reading.remarks.push({ place, text: `${words[0]}: the line has no name` })
  else reading.entries.push({ place, names, addresses: [address], macs: [], note })
}

function readEtherLine(reading: Reading, place: Place, text: string, rest: readonly string[]): void {
  const [owner, ...others] = rest
  const mac = parseMac(text)
  if (owner === undefined || mac === undefined || others.length > 0) {
    const words = [text, ...rest].join(' ')
    reading.remarks.push({ place, text: `${words}: a line of ethers is a MAC address and one name or IP address` })
    return
  }
  const address = parseAddress(owner)
  const names = address === undefined ? [owner] : []
  reading.entries.push({ place, names, addresses: address === undefined ? [] : [address], macs: [mac] })
}
