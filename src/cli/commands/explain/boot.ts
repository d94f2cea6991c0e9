/** `kickback explain boot NODE`: what a node is sent when it boots next, and which lines of the configuration say so. */
import { readFile } from 'node:fs/promises'
import {
  BOOT_CODES,
  type BootPlan,
  BootPlans,
  bootScript,
  type Decided,
  imageFaults,
  imagesOf,
  isByInstaller,
  planFaults,
  TO_THE_DISK,
} from '../../../boot/index.ts'
import {
  type Diagnostic,
  diagnosticAt,
  formatDiagnostics,
  hasErrors,
  type ParsedConfig,
  parseConfig,
  parseNodeSet,
  pictured,
  type Related,
  SourceText,
  type Span,
} from '../../../config/index.ts'
import { answer, DATABASES, type Snapshot } from '../../../resolver/index.ts'
import { formatAddress, formatMac, parseAddress, parseMac, sameAddress, systemMessage } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { imageReader } from '../../daemon-settings.ts'
import { EXIT, NOT_FOUND } from '../../synopsis.ts'

/** What of the script of an example only the master knows that a node asks. */
const EXAMPLE = { master: 'http://MASTER', ticket: 'TICKET' }

/** A plan with all that is told of it. */
interface Told {
  readonly plan: BootPlan
  readonly lines: readonly Related[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Prints the plan of the node that `typed` means: a number, a MAC address, an address, or a name that the `snapshot` of this machine knows.
 * By the configuration as it is: a plan is in no generation.
 */
export async function explainBoot(
  { settings, terminal }: Invocation,
  typed: string,
  snapshot: Snapshot | undefined,
): Promise<number> {
  const { config, domain, json } = settings
  let bytes: Buffer
  try {
    bytes = await readFile(config)
  } catch (error) {
    terminal.complain(
      `kickback: cannot read ${config}: ${systemMessage(error)}; boot plans are made from the configuration: ask on a master\n`,
    )
    return EXIT.FAILED
  }
  const parsed = parseConfig(bytes, { domain, file: config })
  const found = planOf(parsed, typed, snapshot)
  if (found === undefined) {
    terminal.complain(
      `kickback: '${pictured(typed)}' is no node of ${config}: write its number, name, address or MAC address\n`,
    )
    if (hasErrors(parsed.diagnostics)) terminal.complain(`kickback: ${config} has errors: run kickback check\n`)
    return NOT_FOUND
  }
  const told = await toldOf(found, new SourceText(config, bytes), imageReader(settings))
  terminal.print(json ? `${JSON.stringify(planJson(told), null, 2)}\n` : planText(told))
  return EXIT.DONE
}

function planOf({ cluster }: ParsedConfig, typed: string, snapshot: Snapshot | undefined): BootPlan | undefined {
  const plans = new BootPlans(cluster)
  const mac = parseMac(typed)
  if (mac !== undefined) return plans.ofMac(mac)
  const address = parseAddress(typed)
  if (address !== undefined) {
    const node = cluster.nodes.find(({ addresses }) => addresses.some((one) => sameAddress(one, address)))
    return node && plans.of(node.number)
  }
  const named = snapshot && numberOf(snapshot, typed)
  const [range, more] = parseNodeSet(typed)?.ranges ?? []
  const isOne = range !== undefined && more === undefined && range.last === range.first
  return plans.of(named ?? (isOne ? range.first : -1))
}

/** The number of the node that any of its names means. */
function numberOf(snapshot: Snapshot, name: string): number | undefined {
  const record = answer(snapshot, 'hosts', { name })
  const number = record === undefined ? -1 : DATABASES.hosts.decode(record).number
  return number < 0 ? undefined : number
}

async function toldOf(plan: BootPlan, text: SourceText, reader: ReturnType<typeof imageReader>): Promise<Told> {
  const cite = (span: Span, message: string): Related => ({ ...text.locate(span), message })
  const { kernelimage, initrdimage, kernelcommandline } = plan.properties
  const decided: readonly (readonly [string, Decided])[] =
    plan.stage === 'local'
      ? []
      : [
          ['the kernel', kernelimage],
          ['the initial RAM disk', initrdimage],
          ['the command line', kernelcommandline],
        ]
  const lines = [
    cite(plan.span, lineText(plan)),
    ...decided.flatMap(([what, { span, origin }]) =>
      span === undefined ? [] : [cite(span, `gives ${what}: ${ORIGINS[origin](plan)}`)],
    ),
  ]
  const images = await imageFaults(imagesOf(plan), reader)
  const faults = [
    ...planFaults(plan),
    ...images.map(({ image: { span }, message }) => ({ code: 'boot-no-image' as const, span, message })),
  ]
  const diagnostics = faults.map(({ code, span, message }) =>
    diagnosticAt(BOOT_CODES, code, text.locate(span), message),
  )
  return { plan, lines, diagnostics }
}

/** What the line of a node says. */
function lineText({ isApproved, sequence, class: named }: BootPlan): string {
  if (!isApproved) return 'says that nobody has approved the node'
  return sequence.length > 0 || named !== undefined ? 'gives class, sequence and stage' : 'makes the node'
}

const ORIGINS: { readonly [O in Decided['origin']]: (plan: BootPlan) => string } = {
  class: (plan) => `a line of the class ${plan.class}`,
  nodes: () => 'the last line that names the node',
  default: () => 'the default',
  unset: () => 'no line',
}

const LOCAL = {
  unapproved: 'nobody has approved it, so it is sent nothing',
  stage: 'its stage is local',
  none: 'its kernelimage is none',
  unset: 'no line gives it a kernel image',
} as const

function stageText({ stage, nextStage, acknowledge }: BootPlan): string {
  if (nextStage === stage) return `${stage}, and it stays`
  return `${stage}; ${nextStage} when ${acknowledge === 'installed' ? 'the installer has reported' : 'the image has been sent'}`
}

/** What decides what a node is sent. */
function orderRows(plan: BootPlan): readonly (readonly [string, string])[] {
  if (!plan.isApproved)
    return [['class', `unapproved: kickback set node ${plan.number} --class CLASS gives it one, and approves it`]]
  return [
    ['class', plan.class ?? 'none'],
    ['sequence', plan.sequence.join('+') || 'none: from the network each time'],
    ['stage', stageText(plan)],
  ]
}

/** The script that the first card of the node would be sent. */
function exampleScript(plan: BootPlan): string {
  const [mac] = plan.macs
  if (mac === undefined) return TO_THE_DISK
  return bootScript(plan, { ...EXAMPLE, mac: formatMac(mac), isInstaller: isByInstaller(plan) })
}

function planText({ plan, lines, diagnostics }: Told): string {
  const { number, addresses, macs, next } = plan
  const head =
    next.kind === 'image'
      ? `node ${number} boots ${next.kernel} from the network`
      : `node ${number} boots from its disk: ${LOCAL[next.reason]}`
  const rows: readonly (readonly [string, string])[] = [
    ['address', addresses.map(formatAddress).join(' ')],
    ['MAC', macs.map(formatMac).join(' ') || 'none: the node cannot be told from a stranger'],
    ...orderRows(plan),
    ...(next.kind === 'image'
      ? ([
          ['kernel', next.kernel],
          ['initrd', next.initrd ?? 'none'],
          ['command line', next.commandLine || 'none'],
        ] as const)
      : []),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const text = [
    head,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...lines.flatMap(({ file, line, message, excerpt }) => [
      `  ${file}:${line}: ${message}`,
      ...(excerpt === undefined ? [] : [`      ${excerpt.text.trim()}`]),
    ]),
    '',
    'iPXE is told:',
    ...exampleScript(plan)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ]
  const shown = formatDiagnostics(diagnostics)
  return `${text.map((line) => `${pictured(line)}\n`).join('')}${shown === '' ? '' : `\n${shown}`}`
}

function planJson({ plan, lines, diagnostics }: Told): unknown {
  const { number, addresses, macs, sequence, stage, nextStage, next, properties } = plan
  const origins = Object.fromEntries(
    Object.entries(properties).map(([name, { value, origin }]) => [name, { value: value ?? null, origin }]),
  )
  return {
    ...{ node: number, addresses: addresses.map(formatAddress), macs: macs.map(formatMac) },
    ...{ class: plan.class ?? null, sequence, stage, next_stage: nextStage, boots: next.kind },
    ...(next.kind === 'local' ? { reason: next.reason } : {}),
    ...{ properties: origins, script: exampleScript(plan), lines, diagnostics },
  }
}
