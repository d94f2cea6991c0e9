// The files of a cluster that nobody thought of, with all that an explanation has to tell apart.
import { type Numbers, numbers } from '../../numbers.ts'

/** The texts of a drawn cluster, by the names that explanations tell. */
export interface DrawnFiles {
  readonly config: string
  readonly passwd: string
  readonly group: string
  readonly shadow: string
  readonly loginDefs: string
}

const DEVICES = ['switch', 'pdu', 'store', 'gate', 'camera', 'ups']

const quad = (a: number, b: number): string => `10.${a}.${b >> 8}.${b & 255}`

const mac = (kind: number, number: number): string =>
  [2, kind, 0, number >> 16, (number >> 8) & 255, number & 255].map((octet) => octet.toString(16)).join(':')

/** Draws the files of a cluster of some forty nodes. */
export function drawFiles(seed: number): DrawnFiles {
  const draw = numbers(seed)
  return { config: drawConfig(draw), ...drawAccounts(draw) }
}

function drawConfig(draw: Numbers): string {
  const nodes = 20 + draw(20)
  const lines = ['# drawn', `nodes ${nodes}`, '']
  // Two ranges with a gap between them, and at times more addresses than nodes.
  const first = 5 + draw(8)
  lines.push(`iprange ${quad(16, 100)} ${quad(16, 100 + first - 1)}`)
  const second = first + draw(3)
  lines.push(`iprange ${second} ${quad(16, 300)} ${quad(16, 300 + nodes - second - 1 + draw(5))}`)
  lines.push(`hostrange racks ${quad(128, 0)} ${quad(128, 99)}`, `hostrange ${quad(129, 0)} ${quad(129, 99)}`)
  if (draw(2) === 0) lines.push('interface eth9 10.200.0.1 255.255.255.0')
  lines.push(...drawNames(draw))
  lines.push('class compute kernelimage /boot/vmlinuz', 'class gpu kernelimage none')
  for (let node = 0; node < nodes + 3; node++) {
    if (draw(3) === 0) continue
    const name = ['', 'compute ', 'gpu '][draw(3)]
    lines.push(`node ${node} ${name}${[mac(1, 2 * node), mac(1, 2 * node + 1)].slice(draw(2)).join(' ')}`)
    if (draw(5) === 0) lines.push('# a comment')
  }
  for (let host = 0; host < 25; host++) {
    const name = `${DEVICES[draw(DEVICES.length)]}-${host}`
    const aliases = draw(3) === 0 ? ` ${name}-old` : ''
    const address = quad(128 + draw(2), 3 * host)
    lines.push(`host ${draw(4) === 0 ? '-' : mac(2, host)} ${address}${draw(6) === 0 ? '' : ` ${name}${aliases}`}`)
  }
  return `${lines.join('\n')}\n`
}

/** The nodename lines: none, a name without padding, one with; and companions of either rule. */
function drawNames(draw: Numbers): string[] {
  const own = [[], ['nodename node%N'], ['nodename node%3N'], ['nodename rack%2N', 'nodename node%N']][draw(4)] ?? []
  const companions = [
    [],
    ['nodename bmc%N 0.1.0.0 bmcs'],
    ['nodename ib%2N 10.64.0.0'],
    ['nodename bmc%N 0.1.0.0', 'nodename ib%2N 10.64.0.0 ibs'],
  ]
  return [...own, ...(companions[draw(4)] ?? [])]
}

function drawAccounts(draw: Numbers): Omit<DrawnFiles, 'config'> {
  const [least, most] =
    [
      [1000, 60_000],
      [500, 5000],
      [2000, 30_000],
    ][draw(3)] ?? []
  const passwd = ['root:x:0:0:root:/root:/bin/bash', 'daemon:x:1:1::/:/bin/false', 'nobody:x:65534:65534::/:/bin/false']
  const group = ['root:x:0:', 'nogroup:x:65534:', `wheel:x:${2500 + draw(9)}:u0,u1`, 'docker:x:998:u1', '# people']
  const shadow = ['root:!:20000::::::']
  for (let index = 0; index < 40; index++) {
    const name = `${['u', 'Max', 'svc'][draw(3)]}${index}`
    const uid = [100 + index, 2000 + index, 2000 + index, 2000 + index, 40_000 + index, 61_000 + index][draw(6)]
    const gid = [0, 3000, 3000 + index, 3000 + index, 700 + index][draw(5)]
    passwd.push(draw(8) === 0 ? `${name}:x:nonsense:1:::` : `${name}:x:${uid}:${gid}::/home/${name}:/bin/sh`)
    if (draw(8) === 0) passwd.push(`${name}:x:${4000 + index}:3000::/home/other:/bin/sh`)
    shadow.push(`${name}:*:20000::::::`)
    group.push(`g${index}:x:${draw(4) === 0 ? 700 + index : 3000 + index}:${draw(2) === 0 ? name : ''}`)
  }
  const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`
  const limits = `# limits\nUID_MIN ${least}\nUID_MAX ${most}\nGID_MIN ${least}\nGID_MAX ${most}\n`
  return { passwd: text(passwd), group: text(group), shadow: text(shadow), loginDefs: limits }
}
