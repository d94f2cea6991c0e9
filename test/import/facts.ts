// What files of each format say, read in the plainest way: the other opinion on what an import must carry over.
import type { ImportFormat } from '../../src/import/formats.ts'
import { parseAddress, parseMac } from '../../src/values/index.ts'

/** That a line of a file gives a name to an address; one of them may be missing. */
export interface Fact {
  readonly file: string
  readonly line: number
  readonly name?: string | undefined
  readonly address?: string | undefined
}

type Facts = (file: string, text: string) => Fact[]

const isAddress = (word: string): boolean => parseAddress(word) !== undefined

/** Each name with each address; or what there is of one kind. */
function product(at: Pick<Fact, 'file' | 'line'>, names: readonly string[], addresses: readonly string[]): Fact[] {
  if (addresses.length === 0) return names.map((name) => ({ ...at, name }))
  return addresses.flatMap((address) => [{ ...at, address }, ...names.map((name) => ({ ...at, name, address }))])
}

function byLine(read: (at: Pick<Fact, 'file' | 'line'>, line: string) => Fact[]): Facts {
  return (file, text) => text.split('\n').flatMap((line, index) => read({ file, line: index + 1 }, line))
}

const hosts = byLine((at, whole) => {
  const [first = '', ...rest] = whole.replace(/#.*/s, '').trim().split(/\s+/)
  if (rest.length === 0) return []
  if (isAddress(first)) return product(at, rest, [first])
  return product(
    at,
    rest.slice(0, 1).filter((word) => !isAddress(word)),
    rest.slice(0, 1).filter(isAddress),
  )
})

const dnsmasq = byLine((at, whole) => {
  const line = whole.replace(/(^|\s)#.*/s, '').trim()
  const [, option = 'dhcp-host', value = line] = /^([a-z-]+)=(.*)$/.exec(line) ?? []
  if (!/^(?:dhcp-host|host-record|cname|address)$/.test(option) || !/[,/]/.test(value)) return []
  const words = value
    .split(/[,/]/)
    .map((word) =>
      word
        .trim()
        .replace(/^\[(.*)\]$/, '$1')
        .replace(/^\./, ''),
    )
    .filter(
      (word) =>
        word !== '' && parseMac(word) === undefined && !/^(?:(?:set|net|tag|id):.*|\d+[mh]?|infinite)$/.test(word),
    )
  return product(
    at,
    words.filter((word) => !isAddress(word)),
    words.filter(isAddress),
  )
})

const dhcpd: Facts = (file, text) =>
  [...text.matchAll(/^\s*host\s+(\S+)\s*\{([^}]*)\}/gm)].flatMap(({ 0: all, 1: name = '', 2: body = '', index }) => {
    const line = text.slice(0, index + all.indexOf('host')).split('\n').length
    const [, addresses = ''] = /fixed-address\s+([^;]*);/.exec(body) ?? []
    const [, told] = /^\s*option\s+host-name\s+"([^"]*)"/m.exec(body) ?? []
    const names = told === undefined ? [name] : [name, told]
    return product({ file, line }, names, addresses.split(/[\s,]+/).filter(isAddress))
  })

/** Names and addresses, without which belongs to which. */
const warewulf: Facts = (file, text) => {
  const from = text.split('\n').indexOf('nodes:')
  return byLine((at, line) => {
    const [, name] = /^ {2}"?([^\s"]+?)"?:/.exec(line) ?? []
    const [, address] = /^\s+ipaddr: (\S+)$/.exec(line) ?? []
    if (at.line <= from + 1 || from < 0) return []
    return product(at, name === undefined ? [] : [name], address === undefined ? [] : [address])
  })(file, text)
}

/** Names of objects, and addresses of their attributes. */
const xcat = byLine((at, line) => {
  const [, name] = /^(\S+):$/.exec(line) ?? []
  const [, values] = /^\s+(?:ip|bmc|hcp|nicips\.\w+)=(\S+)/.exec(line) ?? []
  return product(at, name === undefined ? [] : [name], (values ?? '').split('|').filter(isAddress))
})

const genders = byLine((at, whole) => {
  const [list = '', attributes = ''] = whole.replace(/#.*/s, '').trim().split(/\s+/)
  const [, before = '', first = '', last = '', after = ''] = /^([^[]*)\[(\d+)-(\d+)\]([^[]*)$/.exec(list) ?? []
  const count = first === '' ? 0 : Number(last) - Number(first) + 1
  const range = Array.from(
    { length: count },
    (_, i) => `${before}${String(Number(first) + i).padStart(first.length, '0')}${after}`,
  )
  const names = first === '' ? list.split(',').filter(Boolean) : range
  const addresses = [...attributes.matchAll(/(?:^|,)ip\d*=([^,]*)/g)].flatMap(([, text = '']) =>
    isAddress(text) ? text : [],
  )
  return product(at, names, addresses)
})

/** What files of each format say. */
export const FACTS: { readonly [F in ImportFormat]: Facts } = { hosts, dnsmasq, dhcpd, warewulf, xcat, genders }

const MAC = /(?<![0-9a-f:-])[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}(?![0-9a-f:-])/gi

/** The MACs that a text of any format has outside of comments. */
export function macsOf(text: string): string[] {
  return text.split('\n').flatMap((line) => [...line.replace(/(?:^|\s)#.*/, '').matchAll(MAC)].map(([mac]) => mac))
}
