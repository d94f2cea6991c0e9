/** A cluster on one virtual machine: kickback installed by its packages and set up as a master, which asks it for accounts too, as a node does. */
import type { VirtualMachine } from './virtual-machine.ts'

/** The address of the machine in the cluster; that of node 1 is 10.9.8.101. */
export const ADDRESS = '10.9.8.1'

const CONFIG = `nodes 4
iprange 10.9.8.100 10.9.8.103
interface eth0 ${ADDRESS} 255.255.255.0
`

/** The accounts are in files of their own: this machine has them from kickback alone. */
const ACCOUNT_FILES = `passwd = "/etc/cluster/passwd"
group = "/etc/cluster/group"
shadow = "/etc/cluster/shadow"
`
const FRONTS = `http = "127.0.0.1:9145"
dns.listen = ["${ADDRESS}:53"]
`

/** As on a node: a master has its accounts in its own files. */
const NSSWITCH = `passwd: files kickback
group: files kickback
shadow: files kickback
hosts: files kickback dns
networks: files kickback
ethers: files kickback
netgroup: kickback
`

const ACCOUNTS: Readonly<Record<string, string>> = {
  passwd: 'ada:x:5000:5000:Ada Byron:/home/ada:/bin/bash\n',
  group: 'ada:x:5000:\nphysics:x:6000:ada\n',
  shadow: 'ada:*:20000:0:99999:7:::\n',
}

/** Installs the packages, as `dpkg -i` does. */
export async function install(machine: VirtualMachine): Promise<void> {
  await machine.must('DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/*.deb')
}

/** Writes the configuration and the accounts, makes the machine a master, and has it ask kickback for everything. */
export async function setUp(machine: VirtualMachine): Promise<void> {
  await machine.put('/etc/beowulf/config', CONFIG)
  await machine.put('/etc/kickback/kickback.toml', ACCOUNT_FILES + FRONTS)
  for (const [name, content] of Object.entries(ACCOUNTS)) await machine.put(`/etc/cluster/${name}`, content)
  await machine.must('chmod 600 /etc/cluster/shadow')
  await machine.must('kickback setup master')
  await machine.put('/etc/nsswitch.conf', NSSWITCH)
}

/** What is done so that the module has only some of its doors, and what undoes that. */
interface Doors {
  readonly only: string
  readonly undo: string
}

const moved = (from: string, to: string): string =>
  `cd / && for folder in run/kickback var/lib/kickback; do mv $folder/${from} $folder/${to}; done`
/** The socket alone. */
export const SOCKET_ALONE: Doors = { only: moved('snapshot.1', 'aside'), undo: moved('aside', 'snapshot.1') }

/** The doors by which the module finds a name where this unit is the daemon. */
export function doorsOf(unit: string): Readonly<Record<string, Doors>> {
  return {
    'the file or the socket': { only: 'true', undo: 'true' },
    'the socket alone': SOCKET_ALONE,
    'the file alone, with the daemon dead': { only: `systemctl stop ${unit}`, undo: `systemctl start ${unit}` },
  }
}

/** No door at all: a test of the others could fail. */
export function noDoor(unit: string): Doors {
  return {
    only: `systemctl stop ${unit} && ${SOCKET_ALONE.only}`,
    undo: `${SOCKET_ALONE.undo} && systemctl start ${unit}`,
  }
}

/** A second master on the same machine, in folders of its own, and that machine as a node which follows it. */
export async function becomeNode(machine: VirtualMachine): Promise<void> {
  const folders = '--run-dir /run/other --state-dir /var/lib/other'
  const service = `[Service]
Type=notify
NotifyAccess=main
ExecStart=kickbackdaemon --settings /etc/other.toml ${folders} --listen ${ADDRESS}:3045
RuntimeDirectory=other
StateDirectory=other
`
  await machine.must('kickback setup off && rm -rf /run/kickback /var/lib/kickback')
  await machine.put('/etc/systemd/system/other.service', service)
  await machine.put('/etc/other.toml', ACCOUNT_FILES)
  await machine.put('/etc/kickback/kickback.toml', FRONTS)
  await machine.must('systemctl daemon-reload && systemctl start other')
  await machine.must(`kickback setup node --master ${ADDRESS} --key /var/lib/other/signing.pub`)
}
