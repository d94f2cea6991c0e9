/** How QEMU runs the instructions of a guest here: by KVM where that works, else by TCG, which translates them. */
import { spawnSync } from 'node:child_process'

/** The options of QEMU for one of the two. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg'
  readonly options: readonly string[]
}

const KVM: Accelerator = { name: 'kvm', options: ['-accel', 'kvm', '-cpu', 'host,arch-capabilities=off'] }
/** All that it has: with some of it off, as `max,svm=off`, the labels of SELinux come out wrong in a guest of QEMU 7.2. */
const TCG: Accelerator = { name: 'tcg', options: ['-accel', 'tcg,thread=multi', '-cpu', 'max'] }

/** How long the trial may take, in milliseconds: a guest that works needs one or two seconds. */
const PATIENCE = 20_000

/**
 * The one that works here. /dev/kvm may be there and open, and a kernel still hang before its first word: so this kernel is tried. It
 * finds no root, and panics, which ends QEMU.
 */
export function accelerator(kernel: string): Accelerator {
  const machine = ['-machine', 'q35', '-m', '256', '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio']
  const words = [...KVM.options, ...machine, '-kernel', kernel, '-append', 'console=ttyS0 panic=-1']
  const trial = { encoding: 'utf8', timeout: PATIENCE, killSignal: 'SIGKILL' } as const
  const { status, stdout } = spawnSync('qemu-system-x86_64', words, trial)
  return status === 0 && stdout.includes('Linux version') ? KVM : TCG
}
