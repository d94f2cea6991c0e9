/** `kickback setup`: makes this machine a master or a node, or undoes that, and says what it did. */
import { existsSync } from 'node:fs'
import { nodeKeyIn } from '../../../daemon/index.ts'
import { certificateKeyMark } from '../../../resolver/index.ts'
import {
  LockError,
  leftToStart,
  Machine,
  NsswitchError,
  ownFile,
  RecordError,
  type Role,
  runSteps,
  SetupError,
  StepError,
  setupSteps,
  tellSteps,
  undoSteps,
  type WantedFile,
} from '../../../setup/index.ts'
import { formatEndpoint } from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { type NewValue, withoutSetting, withSetting } from '../../settings/edit.ts'
import { SETTINGS } from '../../settings/table.ts'
import { EXIT, NEEDS_ATTENTION } from '../../synopsis.ts'
import { locked } from './locked.ts'
import { lackOfNames } from './names.ts'
import { type Given, keyContent, type NodeChoice, nodeChoice, SetupUsageError } from './node-choice.ts'
import { warningsOf } from './nsswitch.ts'
import { type Questions, terminalQuestions } from './questions.ts'

/** Where setup puts the public key of the cluster. */
const KEY_FILE = '/etc/kickback/signing.pub'

/** The settings that are written for a role, and so go again. */
const SET: { readonly [R in Role]: readonly string[] } = {
  master: ['domain'],
  node: ['master', 'key', 'insecure', 'certificate'],
}

/** `kickback setup master|node|off`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  if (settings.plan || process.geteuid?.() === 0) return setUp(invocation, new Machine(''), terminalQuestions)
  terminal.complain(
    'kickback: setup changes files in /etc: run it as root, or with --dry-run to see what it would do\n',
  )
  return EXIT.FAILED
}

/** What a command says of itself with --json. */
interface Report {
  readonly action: string
  readonly dry_run: boolean
  /** What was changed, or would be, each in a sentence; nothing of it was to be done where there is none. */
  readonly changes: readonly string[]
  readonly warnings: readonly string[]
}

/** The same on any machine, with answers from anywhere. */
export async function setUp(invocation: Invocation, machine: Machine, questions: Questions): Promise<number> {
  const { args, terminal } = invocation
  const [action] = args
  try {
    if (action === 'off') await undo(invocation, machine)
    else if (action === 'master') await becomeMaster(invocation, machine)
    else return await becomeNode(invocation, machine, questions)
    return EXIT.DONE
  } catch (error) {
    const isUsage = error instanceof SetupUsageError
    const kinds = [StepError, SetupError, NsswitchError, RecordError, LockError]
    if (!(isUsage || kinds.some((kind) => error instanceof kind))) throw error
    terminal.complain(`kickback: ${(error as Error).message}\n`)
    return isUsage ? EXIT.USAGE : EXIT.FAILED
  }
}

async function becomeMaster(invocation: Invocation, machine: Machine): Promise<void> {
  const { settings } = invocation
  if (!existsSync(settings.config)) {
    throw new SetupError(`there is no ${settings.config}: write the configuration of the cluster first${help()}`)
  }
  await checkFirst(invocation)
  await locked(invocation, machine, async () => {
    const files = settingsFile(machine, settings.settings, domainSaid(invocation, machine))
    const steps = setupSteps({ machine, role: 'master', stateDir: settings.stateDir, files })
    const changes = doSteps(invocation, steps)
    tell(invocation, changes, await warningsAfter(invocation, machine), {
      nothing: 'there is nothing to change',
      end: ['this machine is a master; for each node: kickback keys token', leftToStart(machine, 'master')],
    })
  })
}

/** Where this installation says how a configuration is written. */
function help(): string {
  const [guide, example] = [ownFile('docs/config.md'), ownFile('examples/config')]
  const found = [
    ...(guide === undefined ? [] : [`${guide} says how`]),
    ...(example === undefined ? [] : [`${example} is an example`]),
  ]
  return found.length === 0 ? '' : `; ${found.join(', and ')}`
}

/** The domain, if the command line says it, and not the file or nobody. */
function domainSaid({ settings, locations }: Invocation, machine: Machine): readonly (readonly [string, NewValue])[] {
  const text = machine.read(settings.settings)?.toString() ?? ''
  const isOverruled = withoutSetting(text, 'domain') !== text
  const isUsual = settings.domain === SETTINGS.domain.default[0]
  return locations.has('domain') || (isUsual && !isOverruled) ? [] : [['domain', settings.domain]]
}

/** What a master would read is checked before it is started: its errors are shown as `kickback check` shows them. */
async function checkFirst(invocation: Invocation): Promise<void> {
  const { run: check } = await import('../check.ts')
  const said: string[] = []
  const hear = (text: string | Uint8Array): void => {
    said.push(text.toString())
  }
  const code = await check({ ...invocation, args: [], terminal: { print: hear, complain: hear } })
  if (code !== EXIT.DONE)
    throw new SetupError(`kickback check finds errors, and nothing was changed\n${said.join('').trimEnd()}`)
}

/** Its exit code tells whether the node has names: it is set up without them too. */
async function becomeNode(invocation: Invocation, machine: Machine, questions: Questions): Promise<number> {
  const { settings, version } = invocation
  const choice = await nodeChoice(invocation, questions, machine.at(KEY_FILE))
  return locked(invocation, machine, async () => {
    const steps = (key: Uint8Array | undefined) => {
      const files = nodeFiles(machine, invocation, choice, key)
      return setupSteps({ machine, role: 'node', stateDir: settings.stateDir, files })
    }
    // All that can be wrong with this machine is found before a token is used up.
    const placeholder = Buffer.alloc(0)
    const planned = steps(choice.trust === 'insecure' ? undefined : placeholder)
    const isPlanned = settings.plan && choice.trust === 'token'
    const nodeKey = settings.certificate ? () => markOfNode(machine, settings.stateDir) : undefined
    const given: Given = isPlanned ? { content: placeholder } : await keyContent(choice, version, nodeKey)
    const changes = doSteps(invocation, isPlanned ? planned : steps(given.content))
    const lack = settings.plan || !machine.isBooted ? undefined : await lackOfNames(invocation)
    const isPending = settings.certificate && !settings.plan && given.isLetIn !== true
    const more = [...(lack === undefined ? [] : [lack]), ...(isPending ? [NOT_LET_IN] : [])]
    const warnings = [...(await warningsAfter(invocation, machine)), ...more]
    tell(invocation, changes, warnings, {
      nothing: 'there is nothing to change',
      end: ['this machine is a node; kickback status shows its state', leftToStart(machine, 'node')],
    })
    return lack === undefined ? EXIT.DONE : NEEDS_ATTENTION
  })
}

/** What a person should do whose token did not let the key of the node in. */
const NOT_LET_IN =
  'the key of this node is to be approved on a master: kickback keys list shows it there once the node has asked'

/** Makes the key of this node, where it has none, and gives its mark: a token lets it in. */
async function markOfNode(machine: Machine, stateDir: string): Promise<Uint8Array> {
  return Buffer.from(certificateKeyMark(await nodeKeyIn(machine.at(stateDir))), 'hex')
}

/** The files of a node: the key, and the settings that name it. */
function nodeFiles(
  machine: Machine,
  { settings }: Invocation,
  choice: NodeChoice,
  key: Uint8Array | undefined,
): readonly WantedFile[] {
  const path = settings.settings
  const masters: readonly [string, NewValue] = ['master', choice.masters.map(formatEndpoint)]
  const certificate: readonly (readonly [string, NewValue])[] = settings.certificate ? [['certificate', true]] : []
  if (key === undefined) return settingsFile(machine, path, [masters, ['insecure', true], ...certificate])
  return [
    { path: KEY_FILE, content: key, what: 'the public key of the cluster' },
    ...settingsFile(machine, path, [masters, ['key', KEY_FILE], ...certificate]),
  ]
}

/** The file of settings with these values; none where it has them all. */
function settingsFile(machine: Machine, path: string, values: readonly (readonly [string, NewValue])[]): WantedFile[] {
  if (values.length === 0) return []
  const before = machine.read(path)?.toString() ?? ''
  const content = values.reduce((text, [key, value]) => withSetting(text, key, value), before)
  return [{ path, content: Buffer.from(content), what: values.map(([key]) => key).join(', ') }]
}

async function undo(invocation: Invocation, machine: Machine): Promise<void> {
  const { settings } = invocation
  const without = (path: string, content: Buffer, role: Role): Buffer | undefined => {
    if (path !== settings.settings) return undefined
    return Buffer.from(SET[role].reduce(withoutSetting, content.toString()))
  }
  await locked(invocation, machine, async () => {
    const changes = doSteps(invocation, undoSteps({ machine, stateDir: settings.stateDir, without }))
    tell(invocation, changes, [], { nothing: 'there is nothing to undo' })
  })
}

/** Does the steps, or in a dry run tells what they would do; each in a sentence, which people read as soon as it is done. */
function doSteps({ settings, terminal }: Invocation, steps: ReturnType<typeof setupSteps>): readonly string[] {
  const said: string[] = []
  const say = (line: string): void => {
    said.push(line)
    if (!settings.json) terminal.print(`${line}\n`)
  }
  if (settings.plan) tellSteps(steps, say)
  else runSteps(steps, say)
  return said
}

/** What people should know of the machine as it is now; nothing is told of a dry run. */
async function warningsAfter({ settings }: Invocation, machine: Machine): Promise<readonly string[]> {
  return settings.plan ? [] : warningsOf(settings, machine)
}

/** What is said behind the steps: for programs all of it, at once. */
function tell(
  { args, settings, terminal }: Invocation,
  changes: readonly string[],
  warnings: readonly string[],
  { nothing, end = [] }: { readonly nothing: string; readonly end?: readonly (string | undefined)[] },
): void {
  if (settings.json) {
    const report: Report = { action: args[0] ?? '', dry_run: settings.plan, changes, warnings }
    terminal.print(`${JSON.stringify(report, null, 2)}\n`)
    return
  }
  if (changes.length === 0) terminal.print(`${nothing}\n`)
  for (const warning of warnings) terminal.complain(`kickback: warning: ${warning}\n`)
  if (settings.plan) return
  for (const line of end) if (line !== undefined) terminal.print(`${line}\n`)
}
