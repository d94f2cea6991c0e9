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

/** The faults of one plan. What no node is sent is not looked at. */
export function planFaults(plan: BootPlan): readonly BootFault[] {
  return [...nodeFaults(plan), ...commandLineFaults(plan), ...pathFaults(plan)]
}

/** The images that a plan sends, each with the line that names it. */
export function imagesOf({ next, properties }: BootPlan): readonly { readonly path: string; readonly span: Span }[] {
  if (next.kind !== 'image') return []
  return [properties.kernelimage, properties.initrdimage].flatMap(({ value, span }) =>
    value === undefined || value === null || span === undefined ? [] : [{ path: value, span }],
  )
}

function nodeFaults({ number, macs, sequence, next, span }: BootPlan): BootFault[] {
  const faults: BootFault[] = []
  if (sequence.length > 0 && macs.length === 0) {
    const message = `node ${number} has a boot sequence and no MAC address: put its MAC addresses at the end of its line`
    faults.push({ code: 'boot-no-mac', span, message })
  }
  if (next.kind === 'local' && next.reason === 'unset' && macs.length > 0) {
    const message = `no line gives node ${number} a kernel image, so it is told to boot from its disk: add a kernelimage line, or write "kernelimage none"`
    faults.push({ code: 'boot-no-kernel', span, message })
  }
  return faults
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
