import { parseConfig } from '../config/index.ts'
import { buildCandidate, clusterFindings, NO_SNAPSHOTS } from './candidate.ts'
import type { Invocation, RunCommand } from './command.ts'
import { dnsSettings } from './dns-settings.ts'
import { configFindings, type Finding, fileFinding, hasErrors } from './findings.ts'
import { interfaceAddress } from './interface-address.ts'
import { configDiagnostics } from './reading.ts'
import type { Settings } from './settings.ts'
import { readPipe, readSources } from './sources.ts'
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
  const order = { sources: await readSources(settings), rules: settings, before: NO_SNAPSHOTS }
  const { findings } = buildCandidate(order, interfaceAddress)
  return [...keyFindings(settings), ...findings]
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
  return hasErrors(findings) ? findings : [...findings, ...clusterFindings(parsed.cluster, settings, path)]
}
