// Clusters that nobody thought of: configurations and accounts drawn from a seed.
import { type Numbers, numbers } from '../numbers.ts'

/** The files of a drawn cluster, and keys that none of its databases holds. */
export interface DrawnCluster {
  readonly config: string
  readonly passwd: string
  readonly group: string
  readonly shadow: string
  readonly absent: Readonly<Record<string, readonly string[]>>
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')

const macOf = (number: number): string =>
  [0x02, 0x4b, (number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join(':')

const hex = (number: number): string => `fd00:1::${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`

const nodeBase = 0x0a_10_00_00 // 10.16.0.0
const hostBase = 0x0a_80_00_00 // 10.128.0.0
const shells = ['/bin/bash', '/bin/sh', '/usr/sbin/nologin', '']
const words = ['rack', 'switch', 'pdu', 'store', 'bmc', 'gate', 'ib']

/** Draws a cluster of about `size` entries in each database. */
export function drawCluster(seed: number, size: number): DrawnCluster {
  const draw = numbers(seed)
  const accounts = drawAccounts(draw, size)
  return {
    config: drawConfig(draw, size),
    ...accounts,
    absent: {
      hosts: [
        'nosuch',
        'rack',
        'head-a',
        `n${size + 5}`,
        dotted(nodeBase + size + 5),
        dotted(hostBase + 2 * size + 9),
        '192.0.2.1',
        hex(size + 9),
        '2001:db8::1',
      ],
      ethers: ['nosuch', `n${size + 5}`, macOf(0xffff_fff0)],
      passwd: ['nosuch', '4000000000', '999', 'u', ''],
      group: ['nosuch', '4000000000', '999', 'g', ''],
    },
  }
}

function drawConfig(draw: Numbers, size: number): string {
  const nodes = 1 + draw(size)
  const lines = [`nodes ${nodes}`, ...drawRanges(draw, nodes), ...drawMasters(draw)]
  lines.push(`hostrange ${dotted(hostBase)} ${dotted(hostBase + 2 * size + 8)}`)
  lines.push('hostrange fd00::1 fd00::ffff:ffff')
  if (draw(2) === 0) lines.push('nodename node%4N')
  if (draw(2) === 0) {
    const [bmc, ib] = [
      ['0.1.0.0', '::1:0:0', '0.1.0.0 ::1:0:0'][draw(3)],
      ['10.64.0.0', '10.64.0.0 fd00:64::'][draw(2)],
    ]
    lines.push('nodename n%N', `nodename n%N-bmc ${bmc}`, `nodename ib%3N ${ib}`)
  }
  for (let node = 0; node < nodes; node++) {
    const macs = [0x1000_0000 + 2 * node, 0x1000_0001 + 2 * node].slice(draw(3)).map(macOf)
    lines.push(`node ${node} ${macs.join(' ') || 'off'}`)
  }
  for (let host = 0; host < size; host++) {
    const name = `${words[draw(words.length)]}-${host}`
    const aliases = draw(4) === 0 ? [` ${name}-a`, draw(2) === 0 ? ` Alias${host}.example.org` : ''].join('') : ''
    const address = drawAddress(draw, host)
    lines.push(`host ${macOf(0x2000_0000 + host)} ${address} ${name}${aliases}`)
    if (draw(8) === 0) lines.push(drawSecondLine(draw, host, name, address.includes(':') ? aliases : undefined))
  }
  return `${lines.join('\n')}\n`
}

/**
 * A further line of a device: with the aliases of its first line, with others, with some of both, or with none. Beside a line of
 * IPv6 it has the same: the files service shows the aliases of the lines of one family alone, a record has those of both.
 */
function drawSecondLine(draw: Numbers, host: number, name: string, same: string | undefined): string {
  const aliases = same ?? ['', ` ${name}-a`, ` ${name}-b`, ` ${name}-b ${name}-a`][draw(4)]
  const mac = draw(3) === 0 ? '-' : macOf(0x3000_0000 + host)
  return `host ${mac} ${dotted(hostBase + 2 + 2 * host)} ${name}${aliases}`
}

const MASTER_FOUR = '10.200.0.1'
const MASTER_SIX = 'fd00:200::1'

/** A master of either family or both, or several, or none; and at times a host line at the address of one. */
function drawMasters(draw: Numbers): string[] {
  const four = `interface eth9 ${MASTER_FOUR} 255.255.255.0`
  const six = `interface eth9 ${MASTER_SIX} 64`
  const several = `masterorder - ${MASTER_FOUR} ${MASTER_SIX} 10.200.0.3`
  const lines = [[], [four], [six], [four, six], [several]][draw(5)] ?? []
  const named = [MASTER_FOUR, MASTER_SIX].filter((address) => lines.some((line) => line.includes(address)))
  const address = named[draw(named.length + 1)]
  const aliases = draw(2) === 0 ? ' head' : ''
  return address === undefined ? lines : [...lines, `host ${macOf(0x4000_0000)} ${address} boss${aliases}`]
}

/** Nodes with addresses of IPv4, of IPv6, of both, or of both for some of them alone. */
function drawRanges(draw: Numbers, nodes: number): string[] {
  const four = `iprange ${dotted(nodeBase)} ${dotted(nodeBase + nodes - 1)}`
  const from = draw(nodes)
  const six = `iprange ${hex(1)} ${hex(nodes)}`
  return [[four], [six], [four, six], [four, `iprange ${from} ${hex(1 + from)} ${hex(nodes)}`]][draw(4)] ?? []
}

function drawAddress(draw: Numbers, host: number): string {
  return draw(10) === 0 ? `fd00::${(host + 1).toString(16)}` : dotted(hostBase + 1 + 2 * host)
}

function drawAccounts(draw: Numbers, size: number): { passwd: string; group: string; shadow: string } {
  const passwd = ['root:x:0:0:root:/root:/bin/bash', 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin']
  const group = ['root:x:0:', 'nogroup:x:65534:']
  const users = Array.from({ length: size }, (_, index) => `u${index}${draw(3) === 0 ? '-x' : ''}`)
  for (const [index, user] of users.entries()) {
    const gecos = ['', `User ${index}`, 'Ünï Cödé,Room 1,,'][draw(3)]
    passwd.push(
      `${user}:x:${1000 + 3 * index}:${2000 + 7 * draw(size)}:${gecos}:/home/${user}:${shells[draw(shells.length)]}`,
    )
    // A name may stand on several lines, and so may an id.
    if (draw(6) === 0) passwd.push(`${user}:x:${1000 + 3 * draw(size)}:2000:again:/home/again:/bin/sh`)
  }
  for (let index = 0; index < size; index++) {
    const count = draw(20) === 0 ? draw(Math.min(size, 400) + 1) : draw(4)
    const members = new Set(Array.from({ length: count }, () => users[draw(size)]))
    group.push(`g${index}:x:${2000 + 7 * index}:${[...members].join(',')}`)
    if (draw(6) === 0) group.push(`g${draw(size)}:x:${2000 + 7 * draw(size)}:${users[draw(size)]},${users[draw(size)]}`)
  }
  const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`
  // Without shadow entries to go out, pw_passwd is `*` through every door, as `export passwd` writes it.
  return { passwd: text(passwd), group: text(group), shadow: 'root:!:20000::::::\n' }
}
