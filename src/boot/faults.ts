/** What is wrong with a boot plan, as far as the plan itself shows it. */
import type { Span } from '../config/index.ts'
import type { BootCode } from './codes.ts'
import { initrdName, secretParameter, takenApart } from './command-line.ts'
import type { BootPlan } from './plan.ts'

/** A fault of a plan, at the line that makes it. */
export interface BootFault {
  readonly code: BootCode
  readonly span: Span
  readonly message: string
}

/** A file that nodes are sent, and the line that names it. */
export interface BootImage {
  readonly path: string
  readonly span: Span
}

/** The faults of one plan. What no node is sent is not looked at. */
export function planFaults(plan: BootPlan): readonly BootFault[] {
  const own = nodeFaults(plan).map((code) => ({
    ...{ code, span: plan.span, message: nodeFaultText(code, `node ${plan.number}`) },
  }))
  return [...own, ...lineFaults(plan)]
}

/** The faults of the lines that a plan is made from: all plans that the same lines make have them. */
export function lineFaults(plan: BootPlan): readonly BootFault[] {
  return [...commandLineFaults(plan), ...pathFaults(plan)]
}

/** The faults that a node has for itself. */
export type NodeFault = 'boot-no-mac' | 'boot-no-kernel'

/** The faults of a node itself. */
export function nodeFaults({ macs, sequence, next }: BootPlan): readonly NodeFault[] {
  if (macs.length === 0) return sequence.length > 0 ? ['boot-no-mac'] : []
  return next.kind === 'local' && next.reason === 'unset' ? ['boot-no-kernel'] : []
}

/** A fault of one node or of several, which are called `who`, as a sentence. */
export function nodeFaultText(code: NodeFault, who: string): string {
  return {
    'boot-no-mac': `no MAC address tells ${who} from strangers, in spite of a boot sequence: put MAC addresses at the end of each node line`,
    'boot-no-kernel': `no line gives a kernel image to ${who}, so the disk is booted: add a kernelimage line, or write "kernelimage none"`,
  }[code]
}

/** The images that a plan sends. */
export function imagesOf({ next, properties }: BootPlan): readonly BootImage[] {
  if (next.kind !== 'image') return []
  return [properties.kernelimage, properties.initrdimage].flatMap(({ value, span }) =>
    value === undefined || value === null || span === undefined ? [] : [{ path: value, span }],
  )
}

function commandLineFaults({ next, properties: { kernelcommandline } }: BootPlan): BootFault[] {
  const { span } = kernelcommandline
  if (next.kind !== 'image' || span === undefined) return []
  const faults: BootFault[] = []
  const split = takenApart(next.commandLine)
  if (split !== undefined) {
    const message = `iPXE would take this command line apart: ${JSON.stringify(split.text)} ${split.why}; leave it out`
    faults.push({ code: 'boot-split-line', span, message })
  }
  const secret = secretParameter(next.commandLine)
  if (secret !== undefined) {
    const message = `${secret} looks like a secret, which every user of the node can read in /proc/cmdline: give it to the installer in another way`
    faults.push({ code: 'boot-secret', span, message })
  }
  const name = initrdName(next.commandLine)
  if (name !== undefined && next.initrd === undefined) {
    const message = `the command line expects an initial RAM disk ${JSON.stringify(name)}, and none is sent: add an initrdimage, or take initrd= out`
    faults.push({ code: 'boot-initrd-name', span, message })
  }
  return faults
}

function pathFaults(plan: BootPlan): BootFault[] {
  return imagesOf(plan)
    .filter(({ path }) => !path.startsWith('/'))
    .map(({ path, span }) => {
      const message = `${JSON.stringify(path)} is not a full path: write it from the first slash on`
      return { code: 'boot-relative-image', span, message }
    })
}
