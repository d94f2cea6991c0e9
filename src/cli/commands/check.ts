/** `kickback check`: what a reload would read is read, and every diagnostic is printed. */
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Diagnostic,
  diagnosticAt,
  formatDiagnostics,
  hasErrors,
  type Location,
  parseConfig,
  wholeFile,
} from '../../config/index.ts'
import {
  addressesOfInterface,
  bootDiagnostics,
  buildCandidate,
  type Candidate,
  clusterDiagnostics,
  configDiagnostics,
  imageDiagnostics,
  keyPairFault,
  listIn,
  lossDiagnostics,
  masterAddresses,
  nodeTrust,
  openPublicKey,
  RELOAD_CODES,
  readAllSources,
  readPipe,
  SIGNED_BY_ANOTHER,
  type SnapshotPair,
  unreadableSource,
} from '../../daemon/index.ts'
import { filesIn, isLoopbackOnly, loopbackOnlyText, readSnapshot } from '../../kickback/index.ts'
import { type Header, localIdDiagnostics, proveHeader, Snapshot } from '../../resolver/index.ts'
import {
  dayOf,
  endpointAt,
  formatEndpoint,
  machineAddresses,
  messageOf,
  monotonic,
  sameAddress,
  wallClock,
} from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { accountSettings, buildRules } from '../daemon-settings.ts'
import { dnsSettings } from '../dns-settings.ts'
import { NODE_CODES, SettingsError } from '../settings/codes.ts'
import type { SettingName, Settings } from '../settings/table.ts'
import { EXIT } from '../synopsis.ts'

/** `kickback check [FILE]`. */
export const run: RunCommand = async (invocation) => {
  const { settings, args, terminal } = invocation
  const [file] = args
  const diagnostics = file === undefined ? await checkAll(invocation) : await checkFile(file, invocation)
  const ok = !hasErrors(diagnostics)
  if (settings.json) terminal.print(`${JSON.stringify({ ok, diagnostics }, null, 2)}\n`)
  else terminal.print(formatDiagnostics(diagnostics))
  return ok ? EXIT.DONE : EXIT.FAILED
}

/** Everything that a start or a reload would read. */
async function checkAll(invocation: Invocation): Promise<readonly Diagnostic[]> {
  const { settings, diagnostics } = invocation
  const sources = await readAllSources(settings, accountSettings(settings), monotonic)
  const ofSettings = [...diagnostics, ...keyDiagnostics(invocation)]
  if (settings.master.length > 0 && sources.config.state === 'absent')
    return [...ofSettings, ...(await checkNode(invocation, sources))]
  const order = {
    sources,
    rules: buildRules(invocation),
    before: await lastGood(settings.stateDir),
    today: dayOf(wallClock()),
  }
  const candidate = buildCandidate(order, addressesOfInterface)
  return [
    ...ofSettings,
    ...pairDiagnostics(settings, order.before),
    ...candidate.diagnostics,
    ...(await imageDiagnostics(candidate.images, order.rules.imageReader)),
    ...(sources.config.state === 'read' ? reachDiagnostics(settings, candidate) : []),
    ...lossDiagnostics(candidate.difference),
  ]
}

/** The last good generation, which a reload would be compared with; nothing if there is none, or we may not read it. */
async function lastGood(stateDir: string): Promise<SnapshotPair> {
  const files = filesIn(stateDir)
  const [open, shadow] = await Promise.all([readSnapshot(files.snapshot), readSnapshot(files.shadow)])
  return { public: open.snapshot?.bytes, shadow: shadow.snapshot?.bytes }
}

/** Whether nodes and other masters could have the key of this master. */
function pairDiagnostics({ stateDir }: Settings, { public: kept }: SnapshotPair): Diagnostic[] {
  const fault = keyPairFault(stateDir)
  if (fault !== undefined) return [diagnosticAt(RELOAD_CODES, 'key-pair', wholeFile(stateDir), fault)]
  const file = join(stateDir, 'signing.pub')
  if (kept === undefined || !existsSync(file)) return []
  const { header } = Snapshot.open(kept)
  const own = openPublicKey(file)
  if (proveHeader(header, own) || isListed(stateDir, own, header)) return []
  return [diagnosticAt(RELOAD_CODES, 'other-key', wholeFile(file), SIGNED_BY_ANOTHER)]
}

/** Whether a list that has this master's key has the key that signed a header: another master's, whose number was taken over. */
function isListed(stateDir: string, own: KeyObject, header: Header): boolean {
  try {
    const keys = listIn(stateDir)?.signers.map(({ key }) => key) ?? []
    return keys.some((key) => key.equals(own)) && keys.some((key) => proveHeader(header, key))
  } catch {
    return false
  }
}

/** Whether nodes could ask this master. */
function reachDiagnostics({ listen, config }: Settings, candidate: Candidate): Diagnostic[] {
  const places = listen.length > 0 ? listen.map(formatEndpoint) : usualPlaces(candidate)
  return isLoopbackOnly(places)
    ? [diagnosticAt(RELOAD_CODES, 'loopback-only', wholeFile(config), loopbackOnlyText())]
    : []
}

/** The addresses of this machine among those that the configuration gives to masters. */
function usualPlaces({ port, ...addresses }: Candidate): string[] {
  const machine = machineAddresses()
  const own = masterAddresses(addresses).filter((address) => machine.some((one) => sameAddress(one, address)))
  return own.map((address) => formatEndpoint(endpointAt(address, port)))
}

type Say = (code: keyof typeof NODE_CODES, setting: SettingName, message: string) => void

/** What a node has: whom it follows, what it believes, and what it holds. */
async function checkNode(
  { settings, locations }: Invocation,
  sources: Awaited<ReturnType<typeof readAllSources>>,
): Promise<readonly Diagnostic[]> {
  const { insecure, key, stateDir } = settings
  const found: Diagnostic[] = []
  const say: Say = (code, setting, message) => {
    const location: Location = locations.get(setting) ?? wholeFile(settings.settings)
    found.push(diagnosticAt(NODE_CODES, code, location, message))
  }
  if (insecure)
    say(
      'insecure',
      'insecure',
      'insecure: this node believes any machine that answers as its master; set key to the public key of the cluster instead',
    )
  if (key === null && !insecure)
    say('no-key', 'key', 'there is no key: copy root.pub from the master to this machine, and set key to its path')
  if (key !== null && insecure) say('key-and-insecure', 'insecure', 'key and insecure are both set: remove one of them')
  const trusted = key === null ? undefined : publicKeyOf(key, say)
  const { snapshot, ...other } = await readSnapshot(filesIn(stateDir).snapshot)
  if (snapshot === undefined) {
    const reason = 'reason' in other ? other.reason : undefined
    say(
      'no-copy',
      'stateDir',
      reason ?? `this node has not fetched a generation yet: there is no snapshot in ${stateDir}`,
    )
  } else if (
    trusted !== undefined &&
    !(nodeTrust(trusted, stateDir, { warn: () => {} }).proves(snapshot.header) && snapshot.verifyDigest())
  ) {
    const message = `the snapshot in ${stateDir} is not signed by the key: is it the key of this cluster?`
    say('unproved-copy', 'stateDir', message)
  }
  return snapshot === undefined ? found : [...found, ...localIdDiagnostics(snapshot, sources)]
}

function publicKeyOf(path: string, say: Say): KeyObject | undefined {
  try {
    return openPublicKey(path)
  } catch (error) {
    say('bad-key', 'key', messageOf(error))
    return undefined
  }
}

/** What is wrong with the keys of DNS, which only a daemon reads. */
function keyDiagnostics(invocation: Invocation): Diagnostic[] {
  try {
    dnsSettings(invocation)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return [error.diagnostic]
  }
}

/** One configuration alone. */
async function checkFile(path: string, invocation: Invocation): Promise<readonly Diagnostic[]> {
  const { settings } = invocation
  const file = await readPipe(path)
  if (file.state !== 'read') return [unreadableSource(file)]
  const parsed = parseConfig(file.bytes, { domain: settings.domain, file: path })
  const diagnostics = configDiagnostics(parsed, settings.skipBadLines)
  if (hasErrors(diagnostics)) return diagnostics
  const boot = settings.boot
    ? bootDiagnostics(parsed.cluster, file, settings.bootNetworks)
    : { diagnostics: [], images: [] }
  const rules = buildRules(invocation)
  const images = await imageDiagnostics(settings.bootImages === null ? boot.images : [], rules.imageReader)
  return [...diagnostics, ...boot.diagnostics, ...images, ...clusterDiagnostics(parsed.cluster, rules, file)]
}
