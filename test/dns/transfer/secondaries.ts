/** Name servers of others as secondaries of ours, each with its own configuration. */

import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { start } from '../programs.ts'

/** What a secondary is to do. */
export interface SecondaryPlan {
  readonly folder: string
  readonly port: number
  readonly primary: number
  readonly zones: readonly string[]
  readonly key: { readonly name: string; readonly secret: string } | undefined
}

/** A name server that can be started as a secondary. */
export interface SecondaryKind {
  readonly program: string
  start(plan: SecondaryPlan): ChildProcess
}

const bind: SecondaryKind = {
  program: 'named',
  start({ folder, port, primary, zones, key }) {
    const keyLine = key === undefined ? '' : `key "${key.name}" { algorithm hmac-sha256; secret "${key.secret}"; };`
    const use = key === undefined ? '' : ` key "${key.name}"`
    writeFileSync(
      `${folder}/named.conf`,
      `${keyLine}
options { directory "${folder}"; pid-file none; session-keyfile "${folder}/session.key"; listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; }; recursion no; notify no; allow-transfer { any; }; empty-zones-enable no; serial-query-rate 1000;
  dnssec-validation no; max-ixfr-ratio unlimited; transfers-per-ns 10; };
controls { };
${zones.map((zone) => `zone "${zone}" { type secondary; primaries { 127.0.0.1 port ${primary}${use}; }; file "${zone}.db"; min-refresh-time 1; };`).join('\n')}
`,
    )
    return start('named', '-g', '-c', `${folder}/named.conf`, '-n', '1')
  },
}

const knot: SecondaryKind = {
  program: 'knotd',
  start({ folder, port, primary, zones, key }) {
    const keys =
      key === undefined ? '' : `key:\n  - id: ${key.name}\n    algorithm: hmac-sha256\n    secret: ${key.secret}\n`
    const use = key === undefined ? '' : `    key: ${key.name}\n`
    writeFileSync(
      `${folder}/knot.conf`,
      `server:
    rundir: ${folder}
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 2
database:
    storage: ${folder}
${keys}remote:
  - id: primary
    address: 127.0.0.1@${primary}
${use}acl:
  - id: from-primary
    address: 127.0.0.1
    action: [notify, transfer]
  - id: signed
    address: 127.0.0.1
    action: notify
${use}template:
  - id: default
    storage: ${folder}
    master: primary
    acl: [from-primary, signed]
    semantic-checks: on
zone:
${zones.map((zone) => `  - domain: ${zone}\n`).join('')}
log:
  - target: stderr
    any: info
`,
    )
    return start('knotd', '-c', `${folder}/knot.conf`)
  },
}

const nsd: SecondaryKind = {
  program: 'nsd',
  start({ folder, port, primary, zones, key }) {
    const keys =
      key === undefined ? '' : `key:\n  name: ${key.name}\n  algorithm: hmac-sha256\n  secret: "${key.secret}"\n`
    const use = key?.name ?? 'NOKEY'
    writeFileSync(
      `${folder}/nsd.conf`,
      `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  zonelistfile: "${folder}/zone.list"
  server-count: 1
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
${keys}${zones
  .map(
    (zone) =>
      `zone:\n  name: ${zone}\n  zonefile: "${zone}.db"\n  request-xfr: 127.0.0.1@${primary} ${use}\n  allow-notify: 127.0.0.1 ${use}\n  provide-xfr: 127.0.0.1 NOKEY\n  min-retry-time: 1\n`,
  )
  .join('')}`,
    )
    return start('nsd', '-d', '-c', `${folder}/nsd.conf`)
  },
}

/** The name servers that are tried. */
export const SECONDARIES: readonly SecondaryKind[] = [bind, knot, nsd]
