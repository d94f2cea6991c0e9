/** Reads dhcpd.conf(5) of ISC DHCP: its host blocks, wherever they are. */
import { parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, ImportError, type Place, type Reading } from '../entry.ts'
import { dhcpdTokens, type Token } from './dhcpd-tokens.ts'

/** A host block while it is read. */
interface HostBlock {
  readonly place: Place
  readonly name: string
  readonly statements: (readonly string[])[]
}

/** An open block; `host` is the host block that it is, or is in. */
interface OpenBlock {
  readonly line: number
  readonly host: HostBlock | undefined
  readonly isHost: boolean
}

/** Reads host blocks at any depth: in groups, subnets, pools and conditions. Throws ImportError if braces do not match. */
export function readDhcpd(file: string, text: string): Reading {
  const reading = emptyReading()
  const open: OpenBlock[] = []
  let words: Token[] = []
  for (const token of dhcpdTokens(file, text)) {
    if (!token.isSign || token.text === ',') {
      words.push(token)
      continue
    }
    if (token.text === '{') open.push(blockOf(file, words, token, open.at(-1)))
    else {
      readStatement(reading, file, words, open.at(-1))
      if (token.text === '}') close(reading, file, open, token)
    }
    words = []
  }
  const left = open.at(-1)
  if (left !== undefined)
    throw new ImportError({ file, line: left.line }, 'the block that opens here has no closing brace')
  return reading
}

function blockOf(file: string, words: readonly Token[], { line }: Token, outer: OpenBlock | undefined): OpenBlock {
  const [keyword, name] = words
  if (keyword?.text !== 'host' || name === undefined) return { line, host: outer?.host, isHost: false }
  const host = { place: { file, line: keyword.line }, name: name.text, statements: [] }
  return { line: keyword.line, host, isHost: true }
}

function readStatement(reading: Reading, file: string, words: readonly Token[], block: OpenBlock | undefined): void {
  const [first, second] = words
  if (first === undefined) return
  if (first.text === 'include')
    reading.remarks.push({
      place: { file, line: first.line },
      text: `include ${second?.text ?? ''}: give this file to import too`,
    })
  else block?.host?.statements.push(words.map(({ text }) => text))
}

function close(reading: Reading, file: string, open: OpenBlock[], { line }: Token): void {
  const block = open.pop()
  if (block === undefined) throw new ImportError({ file, line }, 'this closing brace has no block')
  if (block.isHost && block.host !== undefined) readHost(reading, block.host)
}

function readHost(reading: Reading, { place, name, statements }: HostBlock): void {
  const told = statements.flatMap(nameOf)
  const fixed = statements
    .filter(([keyword = '']) => /^fixed-address6?$/.test(keyword))
    .flatMap((words) => words.slice(1).filter((word) => word !== ','))
  const addresses = fixed.flatMap((word) => parseAddress(word) ?? [])
  const others = fixed.filter((word) => parseAddress(word) === undefined)
  const hardware = statements.filter(([keyword]) => keyword === 'hardware').map((words) => words.slice(1))
  const macs = hardware.flatMap(([type, mac = '']) => (type === 'ethernet' ? (parseMac(mac) ?? []) : []))
  if (hardware.length > macs.length)
    reading.remarks.push({
      place,
      text: `${name}: hardware ${hardware.flat().join(' ')} is not one MAC address of Ethernet`,
    })
  if (statements.some(([keyword]) => keyword === 'deleted'))
    reading.remarks.push({ place, text: `${name}: the host is deleted` })
  else reading.entries.push({ place, names: [...new Set([...told, name, ...others])], addresses, macs })
}

/** The name that a host is told to have. */
function nameOf(words: readonly string[]): string[] {
  const [keyword, second, third] = words
  const isOption = keyword === 'option' && second === 'host-name'
  const name = isOption ? third : keyword === 'ddns-hostname' ? second : undefined
  return name === undefined ? [] : [name]
}
