/** The directives that are known and kept, and that other programs act on. */
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'

function readHostname(args: Arguments): undefined {
  args.diagnostics.report(
    'hostname-ignored',
    args.span,
    'a hostname line does nothing: the name belongs on the host line',
  )
}

function kept(keyword: string, argumentsOf: string, summary: string, line: string): Directive {
  return {
    keyword,
    arguments: argumentsOf,
    repeatable: true,
    actedOn: false,
    summary,
    doc: '',
    examples: [{ does: '', lines: [line] }],
    read: () => undefined,
  }
}

/**
 * Known and kept, so that they are not reported as unknown. Other programs of the cluster act on them. Their words are not
 * checked.
 */
export const KEPT: readonly Directive[] = [
  {
    keyword: 'hostname',
    arguments: '...',
    repeatable: true,
    actedOn: false,
    summary: 'Does nothing, and gives a note: the name of a device belongs on its `host` line.',
    doc: '',
    examples: [{ does: '', lines: ['hostname pdu1'] }],
    read: readHostname,
  },
  kept('pxebandwidth', 'RATE', 'The rate at which boot images are sent.', 'pxebandwidth 100'),
  kept('nodeaccess', 'ARGUMENT...', 'Who may run jobs on nodes.', 'nodeaccess -M 0755'),
  kept('bootmodule', 'MODULE', 'A kernel module of the boot image.', 'bootmodule e1000'),
  kept('modarg', 'MODULE ARGUMENT...', 'Arguments of a kernel module.', 'modarg e1000 debug=1'),
  kept('modprobe', 'MODULE', 'A kernel module that nodes load with its dependencies.', 'modprobe ipmi_si'),
  kept('insmod', 'MODULE', 'A kernel module that nodes load.', 'insmod ib_ipoib'),
  kept('moduledep', 'MODULE...', 'Dependencies of a kernel module.', 'moduledep ib_ipoib ib_core'),
  kept('firmware', 'FILE...', 'Firmware of the boot image.', 'firmware bnx2.fw'),
  kept('libraries', 'PATH...', 'Libraries that nodes keep.', 'libraries /lib64 /usr/lib64'),
  kept('prestage', 'FILE...', 'Files that nodes fetch when they boot.', 'prestage /usr/bin/top'),
  kept('mkfs', 'WHEN', 'When nodes make new file systems.', 'mkfs if_needed'),
  kept('fsck', 'WHEN', 'When nodes check their file systems.', 'fsck safe'),
  kept('logfacility', 'NAME', 'The syslog facility of the cluster daemons.', 'logfacility daemon'),
  kept('pingtimeout', 'SECONDS', 'After how long a silent node counts as down.', 'pingtimeout 30'),
  kept('pci', 'VENDOR DEVICE MODULE', 'The kernel module of a PCI device.', 'pci 0x8086 0x100e e1000'),
  kept('pxefileset', 'ARGUMENT...', 'Files offered over TFTP.', 'pxefileset default'),
]
