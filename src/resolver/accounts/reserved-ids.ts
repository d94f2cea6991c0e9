/** Ids and group names that mean the same on every machine of a distribution, and so are never a cluster's to give. */
import type { ByteString } from '../records/entries.ts'

/** A range of ids, both ends included, and who uses them, for people. */
interface ReservedIds {
  readonly first: number
  readonly last: number
  readonly of: string
}

/**
 * The ids above the usual UID_MAX of 60000 that are spoken for: systemd's (https://systemd.io/UIDS-GIDS/), Debian's (policy
 * 9.2.2: 60000 to 65533), and those that mean no one. They stay reserved where login.defs has a greater UID_MAX.
 */
const RESERVED: readonly ReservedIds[] = [
  { first: 60_001, last: 60_513, of: 'systemd-homed' },
  { first: 60_514, last: 60_577, of: 'users that systemd maps into containers' },
  { first: 60_578, last: 61_183, of: 'the distribution' },
  { first: 61_184, last: 65_519, of: 'dynamic users of systemd services' },
  { first: 65_520, last: 65_533, of: 'the distribution' },
  { first: 65_534, last: 65_534, of: 'nobody' },
  { first: 65_535, last: 65_535, of: 'no one: it is -1 in 16 bits' },
  { first: 4_294_967_294, last: 4_294_967_295, of: 'no one: it is -2 or -1 in 32 bits' },
]

/** `nobody` and `nogroup`: they mean "no one", on every machine for itself. */
export const NOBODY = 65_534

/** Whose an id is that is reserved above 60000; undefined for any other. */
export function reservedFor(id: number): string | undefined {
  return RESERVED.find(({ first, last }) => first <= id && id <= last)?.of
}

/**
 * Groups that give power over a machine to their members by name, whatever their id: programs and rules of a distribution ask
 * for the name (sudoers, polkit, the modes of devices and sockets).
 */
const POWER_GROUPS: ReadonlySet<ByteString> = new Set(
  [
    // May become root, or write where root runs programs from.
    'root wheel sudo admin adm staff operator bin daemon sys',
    // Read or write disks, memory, terminals and input devices.
    'disk kmem mem tty tape input uinput video render backup',
    // Read hashes, keys and logs.
    'shadow ssl-cert ssh_keys systemd-journal utmp _ssh ssh',
    // Control daemons that run as root, and with them the machine.
    'docker podman containerd libvirt libvirtd libvirt-qemu kvm qemu lxc lxd incus incus-admin microk8s snap_microk8s vboxusers',
    // Configure or listen to the network.
    'netdev network wireshark pcap dumpcap',
  ].flatMap((line) => line.split(' ')),
)

/** Whether a group gives power over a machine by its name. */
export function isPowerGroup(name: ByteString): boolean {
  return POWER_GROUPS.has(name)
}
