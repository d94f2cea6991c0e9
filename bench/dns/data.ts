/** One set of names in the form of every server: node N at 10.1.0.0 + N, nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs'

/** The domain of the names. */
export const DOMAIN = 'cluster.test'
const SOA = `ns.${DOMAIN}. root.${DOMAIN}. 1 3600 600 86400 60`

/** The mix of questions: A, PTR, AAAA that has no data, names that don't exist. Or one kind alone. */
export type Mix = 'mixed' | 'A' | 'PTR'
/** Every mix. */
export const MIXES: readonly Mix[] = ['mixed', 'A', 'PTR']

const ip = (i: number): string => [10, 1 + (i >> 16), (i >> 8) & 255, i & 255].join('.')
const reversed = (i: number): string => `${ip(i).split('.').reverse().join('.')}.in-addr.arpa`

/** Writes everything for so many names into a folder, and accounts of so many users. */
export function writeData(folder: string, names: number, users = 0): void {
  mkdirSync(folder, { recursive: true })
  const all = Array.from({ length: names }, (_, i) => i)
  const write = (name: string, lines: readonly string[]) => writeFileSync(`${folder}/${name}`, `${lines.join('\n')}\n`)
  const top = ['$TTL 300', `@ IN SOA ${SOA}`, `@ IN NS ns.${DOMAIN}.`]
  write('config', [`nodes ${names}`, `iprange ${ip(0)} ${ip(names - 1)}`, 'nodename n%N'])
  const accounts = Array.from({ length: users }, (_, i) => i)
  const account = (i: number): string => `u${i}:x:${100_000 + i}:2000:User ${i}:/home/u${i}:/bin/sh\n`
  writeFileSync(`${folder}/passwd`, accounts.map(account).join(''))
  writeFileSync(`${folder}/group`, users === 0 ? '' : 'users:x:2000:\n')
  writeFileSync(`${folder}/shadow`, '')
  writeFileSync(`${folder}/login.defs`, 'UID_MIN 1000\nUID_MAX 999999\n')
  const forward = all.map((i) => `n${i} IN A ${ip(i)}`)
  write('zone.fwd', [`$ORIGIN ${DOMAIN}.`, ...top, 'ns IN A 127.0.0.1', ...forward])
  write('zone.rev', ['$ORIGIN 10.in-addr.arpa.', ...top, ...all.map((i) => `${reversed(i)}. IN PTR n${i}.${DOMAIN}.`)])
  write(
    'hosts',
    all.map((i) => `${ip(i)} n${i}.${DOMAIN}`),
  )
  write('unbound.data', [
    `local-zone: "${DOMAIN}." static`,
    'local-zone: "10.in-addr.arpa." static',
    `local-data: "${DOMAIN}. 300 IN SOA ${SOA}"`,
    `local-data: "10.in-addr.arpa. 300 IN SOA ${SOA}"`,
    ...all.map((i) => `local-data: "n${i}.${DOMAIN}. 300 IN A ${ip(i)}"`),
    ...all.map((i) => `local-data: "${reversed(i)}. 300 IN PTR n${i}.${DOMAIN}."`),
  ])
  for (const mix of MIXES) write(`queries.${mix}`, queries(mix, names))
}

/** Ten thousand questions about names in no order, the same ones each time. */
function queries(mix: Mix, names: number): string[] {
  let state = 42
  return Array.from({ length: 10_000 }, (_, k) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    const i = (state >>> 8) % names
    const kind = mix === 'mixed' ? (k * 7) % 10 : mix === 'A' ? 0 : 5
    if (kind < 5) return `n${i}.${DOMAIN} A`
    if (kind < 7) return `${reversed(i)} PTR`
    return kind < 9 ? `n${i}.${DOMAIN} AAAA` : `x${i}.${DOMAIN} A`
  })
}
