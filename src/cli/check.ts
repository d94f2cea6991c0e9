/** `kickback check`: what a reload would read is read, and every finding is told. */

import type { KeyObject } from 'node:crypto'
import { parseConfig, type Severity } from '../config/index.ts'
import {
  buildCandidate,
  type Candidate,
  clusterFindings,
  configDiagnostics,
  configFindings,
  type Finding,
  fileFinding,
  hasErrors,
  interfaceAddress,
  isLoopbackOnly,
  LOOPBACK_ONLY,
  lossReason,
  masterAddresses,
  openPublicKey,
  readPipe,
  readSources,
  type SnapshotPair,
} from '../daemon/index.ts'
import { filesIn, readSnapshot } from '../kickback/index.ts'
import { isProved } from '../resolver/index.ts'
import { endpointAt, formatEndpoint, machineAddresses, messageOf, sameAddress } from '../values/index.ts'
import type { Invocation, RunCommand } from './command.ts'
import { buildRules } from './daemon-settings.ts'
import { dnsSettings } from './dns-settings.ts'
import type { Settings } from './settings.ts'
import { EXIT } from './synopsis.ts'
import { ValueError } from './values.ts'

/** `kickback check [FILE]`. */
export const run: RunCommand = async ({ settings, args, problems, terminal }: Invocation) => {
  const [file] = args
  const settingsFindings = problems.map(({ file, line, message }) =>
    fileFinding(file, line, 'error', 'settings', message),
  )
  const findings =
    file === undefined ? [...settingsFindings, ...(await checkAll(settings))] : await checkFile(file, settings)
  if (settings.json) terminal.print(`${JSON.stringify({ ok: !hasErrors(findings), findings }, null, 2)}\n`)
  else terminal.print(findings.map(({ text }) => `${text}\n`).join(''))
  return hasErrors(findings) ? EXIT.FAILED : EXIT.DONE
}

/** Everything that a start or a reload would read. */
async function checkAll(settings: Settings): Promise<readonly Finding[]> {
  const sources = await readSources(settings)
  if (settings.master.length > 0 && sources.config.state === 'absent') return checkNode(settings)
  const order = { sources, rules: buildRules(settings), before: await lastGood(settings.stateDir) }
  const candidate = buildCandidate(order, interfaceAddress)
  return [
    ...keyFindings(settings),
    ...candidate.findings,
    ...reachFindings(settings, candidate),
    ...lossFindings(candidate),
  ]
}

/** The last good generation, which a reload would be compared with; nothing if there is none, or we may not read it. */
async function lastGood(stateDir: string): Promise<SnapshotPair> {
  const files = filesIn(stateDir)
  const [open, shadow] = await Promise.all([readSnapshot(files.snapshot), readSnapshot(files.shadow)])
  return { public: open.snapshot?.bytes, shadow: shadow.snapshot?.bytes }
}

/** What the loss limit would refuse. */
function lossFindings({ built, difference }: Candidate): Finding[] {
  const reason = built === undefined ? undefined : lossReason(difference)
  return reason === undefined ? [] : [fileFinding('reload', 0, 'error', 'loss-limit', reason)]
}

/** Whether nodes could ask this master. */
function reachFindings({ listen, config }: Settings, candidate: Candidate): Finding[] {
  const places = listen.length > 0 ? listen.map(formatEndpoint) : usualPlaces(candidate)
  return isLoopbackOnly(places) ? [fileFinding(config, 0, 'warning', 'loopback-only', LOOPBACK_ONLY)] : []
}

/** The addresses of this machine among those that the configuration gives to masters. */
function usualPlaces({ port, ...addresses }: Candidate): string[] {
  const machine = machineAddresses()
  const own = masterAddresses(addresses).filter((address) => machine.some((one) => sameAddress(one, address)))
  return own.map((address) => formatEndpoint(endpointAt(address, port)))
}

/** What a node has: whom it follows, what it believes, and what it holds. */
async function checkNode(settings: Settings): Promise<readonly Finding[]> {
  const { insecure, key, settings: file, stateDir } = settings
  const findings = keyFindings(settings)
  const say = (severity: Severity, message: string): void => {
    findings.push(fileFinding(file, 0, severity, 'node', message))
  }
  if (insecure)
    say(
      'warning',
      'insecure: this node believes any machine that answers as its master; set key to the public key of the cluster instead',
    )
  if (key === null && !insecure)
    say('error', 'there is no key: copy signing.pub from the master to this machine, and set key to its path')
  if (key !== null && insecure) say('error', 'key and insecure are both set: remove one of them')
  const trusted = key === null ? undefined : publicKeyOf(key, say)
  const { snapshot, ...found } = await readSnapshot(filesIn(stateDir).snapshot)
  if (snapshot === undefined) {
    const reason = 'reason' in found ? found.reason : undefined
    say('warning', reason ?? `this node has not fetched a generation yet: there is no snapshot in ${stateDir}`)
  } else if (trusted !== undefined && !isProved(snapshot, trusted)) {
    say('error', `the snapshot in ${stateDir} is not signed by the key: is it the key of this cluster?`)
  }
  return findings
}

function publicKeyOf(path: string, say: (severity: Severity, message: string) => void): KeyObject | undefined {
  try {
    return openPublicKey(path)
  } catch (error) {
    say('error', messageOf(error))
    return undefined
  }
}

/** What is wrong with the keys of DNS, which only a daemon reads. */
function keyFindings(settings: Settings): Finding[] {
  try {
    dnsSettings(settings)
    return []
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    return [fileFinding(settings.settings, 0, 'error', 'settings', error.message)]
  }
}

/** One configuration alone. */
async function checkFile(path: string, settings: Settings): Promise<readonly Finding[]> {
  const file = await readPipe(path)
  if (file.state !== 'read') return [fileFinding(path, 0, 'error', 'unreadable-file', file.reason)]
  const parsed = parseConfig(file.bytes, { domain: settings.domain })
  const findings = configFindings(file, configDiagnostics(parsed, settings.skipBadLines))
  return hasErrors(findings) ? findings : [...findings, ...clusterFindings(parsed.cluster, buildRules(settings), path)]
}
