/** Explanations of ethers: which line has a MAC address, or why none has. */
import type { Related } from '../../config/index.ts'
import { foldCase, formatAddress, formatMac, type Mac, macKey, parseMac, sameAddress } from '../../values/index.ts'
import { answer } from '../answers/answers.ts'
import type { EtherEntry } from '../databases/ethers.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { DATABASES } from '../databases/table.ts'
import { HOST_KINDS } from '../format.ts'
import { byteString, displayed } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { absentNode } from './absent-nodes.ts'
import type { ConfigEvidence, Evidence } from './evidence.ts'
import { absent, type Explanation } from './explanation.ts'
import { explainHost, leftOut, machineText } from './hosts.ts'

/** How many MAC addresses that are near to an unknown one are told. */
const NEAR_SHOWN = 3

/** Explains a key of ethers as it was typed, a byte string: a MAC address or any name of a machine. */
export function explainEther(evidence: Evidence, typed: string): Explanation {
  const key = DATABASES.ethers.getent.key(typed)
  const record = answer(evidence.snapshot, 'ethers', key)
  if (record !== undefined) return found(evidence, record, typed)
  return 'mac' in key ? absentMac(evidence, key.mac) : absentOf(evidence, typed)
}

function found({ config }: Evidence, record: Uint8Array, typed: string): Explanation {
  const entry = DATABASES.ethers.decode(record)
  const [mac, name] = [formatMac(entry.mac), displayed(entry.name)]
  const message =
    'mac' in DATABASES.ethers.getent.key(typed)
      ? `${mac} is a MAC address of ${name}`
      : `the first MAC address of ${name} is ${mac}`
  return { code: 'found', message, lines: config === undefined ? [] : macLines(config, entry.mac), record }
}

/** The lines of a configuration that have a MAC address. */
function macLines(config: ConfigEvidence, mac: EtherEntry['mac']): Related[] {
  const { hosts, nodes } = config.written
  const key = macKey(mac)
  const devices = hosts.filter((host) => host.mac !== undefined && macKey(host.mac) === key)
  const own = nodes.filter(({ macs }) => macs.some((one) => macKey(one) === key))
  return [
    ...devices.map(({ span, names, address }) =>
      config.cite(span, names.length === 0 ? 'has no name' : `gives it to ${names[0]} at ${formatAddress(address)}`),
    ),
    ...own.map(({ span, number }) => config.cite(span, `gives it to node ${number}`)),
    ...nodes.flatMap(({ span, number, companionMacs }) =>
      companionMacs
        .filter((one) => macKey(one.mac) === key)
        .map(({ name }) => config.cite(span, `gives it to ${name}, a device of node ${number}`)),
    ),
  ]
}

function absentMac({ config, snapshot }: Evidence, mac: EtherEntry['mac']): Explanation {
  const shown = formatMac(mac)
  const lines = config === undefined ? [] : macLines(config, mac)
  const key = macKey(mac)
  const hasIt = (one: Mac): boolean => macKey(one) === key
  const node = config?.written.nodes.find(
    ({ macs, companionMacs }) => macs.some(hasIt) || companionMacs.some((one) => hasIt(one.mac)),
  )
  if (config !== undefined && node !== undefined) {
    const why = absentNode(config, node.number)
    if (why?.code === 'no-such-node' || why?.code === 'no-address')
      return absent(why.code, `${shown} is on the line of node ${node.number}: ${why.message}`, [
        ...lines,
        ...why.lines,
      ])
    const companion = node.companionMacs.find((one) => hasIt(one.mac))
    if (companion !== undefined)
      return absent(
        'no-name',
        `${shown} is that of ${companion.name} on the line of node ${node.number}, and no nodename line with an address gives the node this device`,
        lines,
      )
  }
  if (config?.written.hosts.some((one) => one.names.length === 0 && one.mac !== undefined && macKey(one.mac) === key))
    return absent('no-name', `a host line has ${shown} and no name: it answers nothing`, lines)
  const bad = config && leftOut(config, (word) => isMac(word, key))
  return bad ?? nearMac(snapshot, mac)
}

function isMac(word: string, key: number): boolean {
  const mac = parseMac(word)
  return mac !== undefined && macKey(mac) === key
}

/** MAC addresses that differ in one hex digit, which is how they are mistyped. */
function nearMac(snapshot: Snapshot, mac: Uint8Array): Explanation {
  const near: string[] = []
  for (const { record } of snapshot.records('ethers')) {
    const entry = DATABASES.ethers.decode(record)
    if (digitsApart(entry.mac, mac) === 1) near.push(`${formatMac(entry.mac)} of ${displayed(entry.name)}`)
  }
  const shown = near.slice(0, NEAR_SHOWN).join(', ')
  const more = near.length > NEAR_SHOWN ? ` and ${near.length - NEAR_SHOWN} more` : ''
  if (near.length === 0)
    return absent('unknown', `no node and no host line has ${formatMac(mac)}, and none a similar one`)
  return absent('near-name', `no node and no host line has ${formatMac(mac)}; one digit away: ${shown}${more}`)
}

function digitsApart(a: Uint8Array, b: Uint8Array): number {
  let apart = 0
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0)
    apart += (difference & 0xf0 ? 1 : 0) + (difference & 0x0f ? 1 : 0)
  }
  return apart
}

/** Why a machine has no MAC address, or why there is no such machine. */
function absentOf(evidence: Evidence, name: string): Explanation {
  const host = explainHost(evidence, name)
  const { record } = host
  if ('address' in DATABASES.hosts.getent.key(name)) return byAddress(record, name)
  if (record === undefined) return host
  const entry = DATABASES.hosts.decode(record)
  const shown = displayed(entry.names[0] ?? '')
  const { config } = evidence
  return absent(
    'no-mac',
    `${shown} is ${machineText(entry)}, and no line gives it a MAC address`,
    config && bare(config, entry),
  )
}

/** The C library asks ethers by MAC addresses and names; an address is taken for a name. */
function byAddress(record: Uint8Array | undefined, address: string): Explanation {
  const name = record === undefined ? undefined : displayed(DATABASES.hosts.decode(record).names[0] ?? '')
  const rest = name === undefined ? 'and no machine has it' : `ask for ${name}, which has it`
  return absent('bad-key', `ethers is asked by MAC addresses and names, and ${address} is an IP address: ${rest}`)
}

/** The lines of a machine that could have a MAC address, and have none. */
function bare(config: ConfigEvidence, entry: HostEntry): Related[] {
  const { NODE, UNAPPROVED, COMPANION } = HOST_KINDS
  if (entry.kind === NODE || entry.kind === UNAPPROVED || entry.kind === COMPANION) {
    const own = config.written.nodes.filter(({ number }) => number === entry.number)
    const whose =
      entry.kind === COMPANION ? `has no MAC address of ${displayed(entry.names[0] ?? '')}` : 'has no MAC address'
    return own.map(({ span }) => config.cite(span, whose))
  }
  const device = config.cluster.hosts.find(({ name }) => foldCase(byteString(name)) === foldCase(entry.names[0] ?? ''))
  const lines = device?.lines.filter(({ address }) => entry.addresses.some((one) => sameAddress(one, address))) ?? []
  return lines.filter(({ mac }) => mac === undefined).map(({ span }) => config.cite(span, 'has - for the MAC address'))
}
