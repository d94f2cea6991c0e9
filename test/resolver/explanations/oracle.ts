// What an explanation has to say, worked out from the texts alone: nothing of src is used here.
import type { DrawnFiles } from './drawn.ts'

/** What is expected of an explanation. */
export interface Expected {
  readonly code: string
  /** `FILE:LINE` of each line that has to be cited; all that are cited where `isAll`. */
  readonly lines: readonly string[]
  readonly isAll: boolean
}

interface TextLine {
  readonly at: string
  readonly words: readonly string[]
}

interface Account {
  readonly at: string
  readonly fields: readonly string[]
}

interface Range {
  readonly at: string
  readonly name: string | undefined
  readonly first: number
  readonly last: number
  readonly node: number
}

const DOMAIN = '.cluster.internal'

const value = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
const isAddress = (text: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(text)
const all = (code: string, lines: readonly string[] = []): Expected => ({ code, lines, isAll: true })
const some = (code: string, lines: readonly string[] = []): Expected => ({ code, lines, isAll: false })

/** Reads the texts of a cluster as a person would. */
export class Oracle {
  readonly #config: readonly TextLine[]
  readonly #passwd: readonly Account[]
  readonly #group: readonly Account[]
  readonly #limits: Readonly<Record<string, number>>
  readonly #nodes: number
  readonly #ranges: readonly Range[]
  readonly #hostRanges: readonly Range[]

  constructor(files: DrawnFiles) {
    this.#config = files.config.split('\n').map((line, i) => {
      return {
        at: `config:${i + 1}`,
        words: line
          .replace(/#.*/, '')
          .split(/\s+/)
          .filter((word) => word !== ''),
      }
    })
    const accounts = (text: string, file: string): Account[] =>
      text
        .split('\n')
        .flatMap((line, i) =>
          line === '' || line.startsWith('#') ? [] : [{ at: `${file}:${i + 1}`, fields: line.split(':') }],
        )
    this.#passwd = accounts(files.passwd, 'passwd')
    this.#group = accounts(files.group, 'group')
    this.#limits = Object.fromEntries(
      Array.from(files.loginDefs.matchAll(/^(\w+) (\d+)$/gm), ([, key = '', number]) => [key, Number(number)]),
    )
    this.#nodes = Number(this.#lines('nodes')[0]?.words[1])
    let next = 0
    this.#ranges = this.#lines('iprange').map(({ at, words }) => {
      const [first = '', last = ''] = words.slice(-2)
      const node = words.length === 4 ? Number(words[1]) : next
      next = node + value(last) - value(first) + 1
      return { at, name: undefined, first: value(first), last: value(last), node }
    })
    this.#hostRanges = this.#lines('hostrange').map(({ at, words }) => {
      const [first = '', last = ''] = words.slice(-2)
      return { at, name: words.length === 4 ? words[1] : undefined, first: value(first), last: value(last), node: -1 }
    })
  }

  /** All keys of a kind that the texts hold, from which questions are drawn. */
  keys(kind: 'host' | 'mac' | 'user' | 'group'): readonly string[] {
    if (kind === 'host') return this.#lines('host').flatMap(({ words }) => words.slice(3))
    if (kind === 'mac') return this.#config.flatMap(({ words }) => words.filter((word) => /^(\w+:){5}\w+$/.test(word)))
    const accounts = kind === 'user' ? this.#passwd : this.#group
    return accounts.flatMap(({ fields: [name = '', , id = ''] }) => [name, id])
  }

  /** The formats of nodename lines: those of nodes, then those of companions. */
  get formats(): readonly string[] {
    return this.#lines('nodename').map(({ words }) => words[1] ?? '')
  }

  /** What there is to be said of a question. */
  expected(database: string, key: string): Expected {
    if (database === 'hosts') return isAddress(key) ? this.#address(key) : this.#name(key)
    if (database === 'ethers') return this.#ether(key)
    if (database === 'passwd') return this.#user(key)
    if (database === 'group') return this.#groupKey(key)
    return this.#netgroup(key)
  }

  #lines(keyword: string): readonly TextLine[] {
    return this.#config.filter(({ words }) => words[0] === keyword)
  }

  #isNode(node: number): boolean {
    return node < this.#nodes && this.#rangeOf(node) !== undefined
  }

  #rangeOf(node: number): Range | undefined {
    return this.#ranges.find((range) => range.node <= node && node <= range.node + range.last - range.first)
  }

  /** The nodename line that makes a name, and the number in it. */
  #made(name: string): { line: TextLine; node: number; isCompanion: boolean; isExact: boolean } | undefined {
    for (const line of this.#lines('nodename')) {
      const [, format = '', address] = line.words
      const [, prefix = '', width, suffix = ''] = /^(.*)%(\d?)N(.*)$/.exec(format) ?? []
      const digits = new RegExp(`^${prefix}\\+?(\\d+)${suffix}$`).exec(name)?.[1]
      if (digits === undefined) continue
      const isExact =
        width === '' || (String(Number(digits)).padStart(Number(width), '0') === digits && !name.includes('+'))
      return { line, node: Number(digits), isCompanion: address !== undefined && isAddress(address), isExact }
    }
    return undefined
  }

  #name(key: string): Expected {
    const name = plainName(key)
    if (['master', '.-1', 'n-1'].includes(name)) {
      const line = this.#lines('interface')[0]
      return line === undefined ? all('no-master') : all('found', [line.at])
    }
    if (['self', '.-2', 'n-2'].includes(name)) return all('not-this-machine')
    const hosts = this.#lines('host').filter(({ words }) => words.slice(3).some((one) => one.toLowerCase() === name))
    if (hosts.length > 0)
      return all(
        'found',
        hosts.map(({ at }) => at),
      )
    const made = this.#made(name)
    const number = made?.node ?? Number(/^(?:\.|n)\+?(\d+)$/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(number)) return this.#unknown(name)
    const own = this.#lines('node')
      .filter(({ words }) => Number(words[1]) === number)
      .map(({ at }) => at)
    if (number >= this.#nodes) return all('no-such-node', [...this.#lines('nodes').map(({ at }) => at), ...own])
    const range = this.#rangeOf(number)
    if (range === undefined) return some('no-address', own)
    if (made?.isExact === false) return all('other-name', made.isCompanion ? [made.line.at] : this.#canonical())
    if (!made?.isCompanion) {
      const alias = made !== undefined && made.line.at !== this.#canonical()[0] ? [made.line.at] : []
      return all('found', [range.at, ...this.#canonical(), ...alias])
    }
    return all('found', [made.line.at, ...(made.line.words[2]?.startsWith('0.') ? [range.at] : [])])
  }

  /** The line that names all nodes; none where that is the default. */
  #canonical(): string[] {
    return this.#lines('nodename')
      .filter(({ words }) => !isAddress(words[2] ?? ''))
      .slice(0, 1)
      .map(({ at }) => at)
  }

  /** Why a name is not known that has nothing to do with numbers of nodes. */
  #unknown(name: string): Expected {
    if (['cluster', 'racks', 'compute', 'gpu', 'bmcs', 'ibs'].includes(name) && this.#netgroup(name).code === 'found')
      return all('other-database')
    if (this.#accountOf(this.#passwd, name) !== undefined && this.#user(name).code === 'found')
      return all('other-database')
    if (this.#accountOf(this.#group, name) !== undefined && this.#groupKey(name).code === 'found')
      return all('other-database')
    const near = this.#allNames().some((one) => isOneOff(one.toLowerCase(), name))
    return all(name.length > 2 && near ? 'near-name' : 'unknown')
  }

  #allNames(): readonly string[] {
    const formats = this.formats.some((one) => !/^(?:bmc|ib)/.test(one)) ? this.formats : ['n%N', ...this.formats]
    const nodes = Array.from({ length: this.#nodes }, (_, i) => i).filter((node) => this.#isNode(node))
    const made = formats.flatMap((format) =>
      nodes.map((node) => format.replace(/%(\d?)N/, (_, width) => String(node).padStart(Number(width), '0'))),
    )
    return [...made, ...this.keys('host'), ...(this.#lines('interface').length > 0 ? ['master'] : [])]
  }

  #address(key: string): Expected {
    const number = value(key)
    const lines = this.#lines('host').filter(({ words }) => words[2] === key)
    if (lines.some(({ words }) => words.length > 3))
      return all(
        'found',
        lines.map(({ at }) => at),
      )
    if (lines.length > 0)
      return all(
        'no-name',
        lines.map(({ at }) => at),
      )
    const range = this.#ranges.find(({ first, last }) => first <= number && number <= last)
    if (range !== undefined) {
      const node = range.node + number - range.first
      if (node < this.#nodes) return all('found', [range.at, ...this.#canonical()])
      const own = this.#lines('node')
        .filter(({ words }) => Number(words[1]) === node)
        .map(({ at }) => at)
      return all('no-such-node', [range.at, ...this.#lines('nodes').map(({ at }) => at), ...own])
    }
    for (const { at, words } of this.#lines('nodename')) {
      const address = words[2] ?? ''
      if (!isAddress(address)) continue
      const isOffset = address.startsWith('0.')
      const ranges = this.#ranges.filter(
        ({ first, last }) => first <= number - value(address) && number - value(address) <= last,
      )
      const [of] = isOffset ? ranges : []
      const node = isOffset
        ? of === undefined
          ? -1
          : of.node + number - value(address) - of.first
        : number - value(address)
      if (node >= 0 && this.#isNode(node)) return all('found', [at, ...(of === undefined ? [] : [of.at])])
    }
    const interfaces = this.#lines('interface').filter(({ words }) => words[2] === key)
    if (interfaces.length > 0)
      return all(
        'found',
        interfaces.map(({ at }) => at),
      )
    const devices = this.#hostRanges.find(({ first, last }) => first <= number && number <= last)
    return devices === undefined ? some('no-range') : all('no-host', [devices.at])
  }

  #ether(key: string): Expected {
    if (!/^(\w+:){5}\w+$/.test(key)) return this.#etherName(key)
    const mac = macOf(key)
    const lines = this.#config.filter(({ words }) => words.slice(1).some((word) => macOf(word) === mac))
    const [line] = lines
    if (line === undefined) {
      const known = this.#config.flatMap((one) => this.#answeredMacs(one))
      return all(known.some((one) => digitsApart(one, mac) === 1) ? 'near-name' : 'unknown')
    }
    if (line.words[0] === 'host') return all(line.words.length > 3 ? 'found' : 'no-name', [line.at])
    const node = Number(line.words[1])
    if (this.#isNode(node)) return all('found', [line.at])
    return some(node >= this.#nodes ? 'no-such-node' : 'no-address', [line.at])
  }

  #answeredMacs({ words }: TextLine): readonly string[] {
    if (words[0] === 'node' && !this.#isNode(Number(words[1]))) return []
    if (words[0] === 'host' && words.length < 4) return []
    return words
      .slice(1)
      .filter((word) => /^(\w+:){5}\w+$/.test(word))
      .map(macOf)
  }

  #etherName(key: string): Expected {
    if (isAddress(key)) return all('bad-key')
    const host = this.#name(key)
    if (host.code !== 'found') return host
    const name = plainName(key)
    const made = this.#made(name)
    if (made?.isCompanion)
      return all(
        'no-mac',
        this.#config.filter(({ words }) => words[0] === 'node' && Number(words[1]) === made.node).map(({ at }) => at),
      )
    const isHost = host.lines.every((at) => this.#lines('host').some((line) => line.at === at))
    const node = isHost ? -1 : (made?.node ?? Number(/^(?:\.|n)\+?(\d+)$/.exec(name)?.[1] ?? -1))
    const lines = this.#config.filter(({ at, words }) =>
      words[0] === 'host' ? host.lines.includes(at) : words[0] === 'node' && Number(words[1]) === node,
    )
    const withMac = lines.filter((line) => this.#answeredMacs(line).length > 0)
    return withMac.length > 0
      ? all(
          'found',
          withMac.map(({ at }) => at),
        )
      : some(
          'no-mac',
          lines.map(({ at }) => at),
        )
  }

  #accountOf(accounts: readonly Account[], key: string): Account | undefined {
    const readable = accounts.filter(({ fields }) => /^\d+$/.test(fields[2] ?? ''))
    return readable.find(({ fields }) => (/^\d+$/.test(key) ? Number(fields[2]) === Number(key) : fields[0] === key))
  }

  /** Why an id is not exported; undefined if it is. */
  #idFault(id: number, kind: 'UID' | 'GID'): string | undefined {
    if (id === 0) return 'root-id'
    if (id < (this.#limits[`${kind}_MIN`] ?? 0) || id === 65_534) return 'below-least'
    if (id > 60_000) return 'reserved-id'
    return id > (this.#limits[`${kind}_MAX`] ?? 0) ? 'above-greatest' : undefined
  }

  /** The verdict on one line of passwd. */
  #userFault({ at, fields: [name, , uid, gid] }: Account): string | undefined {
    const fault = this.#idFault(Number(uid), 'UID')
    if (fault !== undefined) return fault
    const first = this.#accountOf(this.#passwd, name ?? '')
    if (first !== undefined && first.at !== at && this.#userFault(first) !== undefined) return 'earlier-line'
    return gid === '0' ? (first?.at === at ? 'root-group' : 'earlier-line') : undefined
  }

  #user(key: string): Expected {
    const isId = /^\d+$/.test(key)
    const lines = this.#passwd.filter(
      ({ fields }) => /^\d+$/.test(fields[2] ?? '') && (isId ? fields[2] === key : fields[0] === key),
    )
    const exported = lines.find((line) => this.#userFault(line) === undefined)
    if (exported !== undefined) return all('found', [exported.at])
    const [first] = lines
    if (first !== undefined) return some(this.#userFault(first) ?? '', [first.at])
    if (isId) return all(this.#groupKey(key).code === 'found' ? 'other-database' : 'unknown')
    const bad = this.#passwd.find(({ fields }) => fields[0] === key)
    if (bad !== undefined) return all('bad-line', [bad.at])
    const names = this.#passwd.filter(
      (line) => /^\d+$/.test(line.fields[2] ?? '') && this.#userFault(line) === undefined,
    )
    return this.#nearAccount(
      key,
      names.map(({ fields }) => fields[0] ?? ''),
      'passwd',
    )
  }

  #isPrimary(gid: number): boolean {
    return this.#passwd.some(
      (line) =>
        /^\d+$/.test(line.fields[2] ?? '') && Number(line.fields[3]) === gid && this.#userFault(line) === undefined,
    )
  }

  #groupFault({ fields: [name, , gid] }: Account): string | undefined {
    const fault = this.#idFault(Number(gid), 'GID')
    if (fault !== undefined && (fault === 'root-id' || fault === 'reserved-id' || Number(gid) === 65_534)) return fault
    if (fault !== undefined && !this.#isPrimary(Number(gid))) return fault
    return ['root', 'wheel', 'docker'].includes(name ?? '') ? 'power-group' : undefined
  }

  #groupKey(key: string): Expected {
    const isId = /^\d+$/.test(key)
    const lines = this.#group.filter(({ fields }) => (isId ? fields[2] === key : fields[0] === key))
    const exported = lines.find((line) => this.#groupFault(line) === undefined)
    if (exported !== undefined) return all('found', [exported.at])
    const [first] = lines
    if (first !== undefined) return some(this.#groupFault(first) ?? '', [first.at])
    if (isId) {
      const user = this.#passwd.some(
        ({ fields, at }) => fields[2] === key && this.#userFault({ fields, at }) === undefined,
      )
      return all(user ? 'other-database' : 'unknown')
    }
    const names = this.#group.filter((line) => this.#groupFault(line) === undefined)
    return this.#nearAccount(
      key,
      names.map(({ fields }) => fields[0] ?? ''),
      'group',
    )
  }

  /** Accounts are told apart by capitals. */
  #nearAccount(key: string, names: readonly string[], database: string): Expected {
    if (names.some((name) => name.toLowerCase() === key.toLowerCase())) return all('other-case')
    const others = {
      passwd: database === 'group' ? this.#user(key).code : '',
      group: database === 'passwd' ? this.#groupCode(key) : '',
    }
    if (Object.values(others).includes('found') || this.#isHostOrNetgroup(key)) return all('other-database')
    const near = names.some((name) => isOneOff(name.toLowerCase(), key.toLowerCase()))
    return all(key.length > 2 && near ? 'near-name' : 'unknown')
  }

  #groupCode(key: string): string {
    const lines = this.#group.filter(({ fields }) => fields[0] === key)
    return lines.some((line) => this.#groupFault(line) === undefined) ? 'found' : ''
  }

  #isHostOrNetgroup(key: string): boolean {
    return (
      this.#allNames().some((one) => one.toLowerCase() === key.toLowerCase()) || this.#netgroup(key).code === 'found'
    )
  }

  #netgroup(key: string): Expected {
    if (key === 'cluster') return all('found')
    const lines = this.#config.filter(({ words }) => {
      if (words[0] === 'hostrange') return words.length === 4 && words[1] === key
      if (words[0] === 'nodename') return words[3] === key
      return words[0] === 'class' && words[1] === key
    })
    return lines.length > 0
      ? some(
          'found',
          lines.slice(0, 1).map(({ at }) => at),
        )
      : some('unknown')
  }
}

/** A name in small letters, without a final dot and the domain. */
function plainName(key: string): string {
  const plain = key.toLowerCase().replace(/\.$/, '')
  return plain.endsWith(DOMAIN) ? plain.slice(0, -DOMAIN.length) : plain
}

/** A MAC address with two digits in each octet. */
function macOf(text: string): string {
  return text
    .split(':')
    .map((octet) => octet.toLowerCase().padStart(2, '0'))
    .join(':')
}

function digitsApart(a: string, b: string): number {
  return Array.from(a).filter((digit, i) => digit !== b[i]).length
}

/** Whether one letter was dropped, added, changed, or swapped with its neighbour. */
function isOneOff(a: string, b: string): boolean {
  if (a === b) return false
  if (a.length === b.length) {
    const apart = Array.from(a).flatMap((letter, i) => (letter === b[i] ? [] : [i]))
    const [one = 0, other = -1] = apart
    return apart.length === 1 || (apart.length === 2 && other === one + 1 && a[one] === b[other] && a[other] === b[one])
  }
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return Array.from(long).some((_, i) => long.slice(0, i) + long.slice(i + 1) === short)
}
