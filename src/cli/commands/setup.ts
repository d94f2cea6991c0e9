/** `kickback setup`: makes this machine a master or a node, or undoes that, and says what it did. */
import { existsSync } from 'node:fs'
import {
  Machine,
  NsswitchError,
  RecordError,
  type Role,
  runSteps,
  SetupError,
  StepError,
  setupSteps,
  tellSteps,
  undoSteps,
  type WantedFile,
} from '../../setup/index.ts'
import { formatEndpoint } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { type NewValue, withoutSetting, withSetting } from '../settings/edit.ts'
import { SETTINGS } from '../settings/table.ts'
import { EXIT } from '../synopsis.ts'
import { keyContent, type NodeChoice, nodeChoice, SetupUsageError } from './node-choice.ts'
import { warningsOf } from './nsswitch.ts'
import { type Questions, terminalQuestions } from './questions.ts'

/** Where setup puts the public key of the cluster. */
const KEY_FILE = '/etc/kickback/signing.pub'

/** The settings that are written for a role, and so go again. */
const SET: { readonly [R in Role]: readonly string[] } = { master: ['domain'], node: ['master', 'key', 'insecure'] }

/** `kickback setup master|node|off`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  if (settings.plan || process.geteuid?.() === 0) return setUp(invocation, new Machine(''), terminalQuestions)
  terminal.complain(
    'kickback: setup changes files in /etc: run it as root, or with --dry-run to see what it would do\n',
  )
  return EXIT.FAILED
}

/** The same on any machine, with answers from anywhere. */
export async function setUp(invocation: Invocation, machine: Machine, questions: Questions): Promise<number> {
  const { args, terminal } = invocation
  const [action] = args
  try {
    if (action === 'off') undo(invocation, machine)
    else if (action === 'master') await becomeMaster(invocation, machine)
    else await becomeNode(invocation, machine, questions)
    return EXIT.DONE
  } catch (error) {
    const isUsage = error instanceof SetupUsageError
    if (!(isUsage || [StepError, SetupError, NsswitchError, RecordError].some((kind) => error instanceof kind)))
      throw error
    terminal.complain(`kickback: ${(error as Error).message}\n`)
    return isUsage ? EXIT.USAGE : EXIT.FAILED
  }
}

async function becomeMaster(invocation: Invocation, machine: Machine): Promise<void> {
  const { settings } = invocation
  if (!existsSync(settings.config)) {
    throw new SetupError(
      `there is no ${settings.config}: write the configuration of the cluster first; docs/config.md says how, and examples/config is one`,
    )
  }
  await checkFirst(invocation)
  const files = settingsFile(machine, settings.settings, domainSaid(invocation, machine))
  const { stateDir } = settings
  await take(invocation, machine, setupSteps({ machine, role: 'master', stateDir, files }))
  if (!settings.plan) invocation.terminal.print('this machine is a master; for each node: kickback keys token\n')
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
  const { run: check } = await import('./check.ts')
  const said: string[] = []
  const hear = (text: string | Uint8Array): void => {
    said.push(text.toString())
  }
  const code = await check({ ...invocation, args: [], terminal: { print: hear, complain: hear } })
  if (code !== EXIT.DONE)
    throw new SetupError(`kickback check finds errors, and nothing was changed\n${said.join('').trimEnd()}`)
}

async function becomeNode(invocation: Invocation, machine: Machine, questions: Questions): Promise<void> {
  const { settings, version, terminal } = invocation
  const choice = await nodeChoice(invocation, questions, machine.at(KEY_FILE))
  const steps = (key: Uint8Array | undefined) =>
    setupSteps({
      machine,
      role: 'node',
      stateDir: settings.stateDir,
      files: nodeFiles(machine, settings.settings, choice, key),
    })
  // All that can be wrong with this machine is found before a token is used up.
  const placeholder = Buffer.alloc(0)
  const planned = steps(choice.trust === 'insecure' ? undefined : placeholder)
  const key = settings.plan && choice.trust === 'token' ? placeholder : await keyContent(choice, version)
  await take(invocation, machine, key === placeholder ? planned : steps(key))
  if (!settings.plan) terminal.print('this machine is a node; kickback status shows its state\n')
}

/** The files of a node: the key, and the settings that name it. */
function nodeFiles(
  machine: Machine,
  path: string,
  choice: NodeChoice,
  key: Uint8Array | undefined,
): readonly WantedFile[] {
  const masters: readonly [string, NewValue] = ['master', choice.masters.map(formatEndpoint)]
  if (key === undefined) return settingsFile(machine, path, [masters, ['insecure', true]])
  return [
    { path: KEY_FILE, content: key, what: 'the public key of the cluster' },
    ...settingsFile(machine, path, [masters, ['key', KEY_FILE]]),
  ]
}

/** The file of settings with these values; none where it has them all. */
function settingsFile(machine: Machine, path: string, values: readonly (readonly [string, NewValue])[]): WantedFile[] {
  if (values.length === 0) return []
  const before = machine.read(path)?.toString() ?? ''
  const content = values.reduce((text, [key, value]) => withSetting(text, key, value), before)
  return [{ path, content: Buffer.from(content), what: values.map(([key]) => key).join(', ') }]
}

function undo(invocation: Invocation, machine: Machine): void {
  const { settings } = invocation
  const without = (path: string, content: Buffer, role: Role): Buffer | undefined => {
    if (path !== settings.settings) return undefined
    return Buffer.from(SET[role].reduce(withoutSetting, content.toString()))
  }
  const steps = undoSteps({ machine, stateDir: settings.stateDir, without })
  doSteps(invocation, steps, 'there is nothing to undo')
}

/** Does the steps, or tells them in a dry run; where none has anything to do, says so. */
function doSteps({ settings, terminal }: Invocation, steps: ReturnType<typeof setupSteps>, nothing: string): void {
  let isNothing = true
  const say = (line: string): void => {
    isNothing = false
    terminal.print(`${line}\n`)
  }
  if (settings.plan) tellSteps(steps, say)
  else runSteps(steps, say)
  if (isNothing) terminal.print(`${nothing}\n`)
}

/** Does the steps, or tells them; then warnings. */
async function take(invocation: Invocation, machine: Machine, steps: ReturnType<typeof setupSteps>): Promise<void> {
  const { settings, terminal } = invocation
  doSteps(invocation, steps, 'there is nothing to change')
  if (settings.plan) return
  for (const warning of await warningsOf(settings, machine)) terminal.complain(`kickback: warning: ${warning}\n`)
}
