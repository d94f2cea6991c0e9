/** The codes of all that can be said about a configuration. docs/diagnostics.md has a section for each, made from this table. */
import type { CodeRow } from './diagnostic.ts'

/** A code with a configuration that yields it. `\xNN` stands for a byte. */
interface ConfigCodeRow extends CodeRow {
  readonly example: string
}

/** Every diagnostic of a configuration. */
export const CODES = {
  'invalid-utf8': {
    severity: 'error',
    meaning: 'A word has a byte that is not valid UTF-8.',
    example: 'class caf\\xe9 kernelimage none',
  },
  'invalid-utf8-comment': {
    severity: 'warning',
    meaning: 'A comment has a byte that is not valid UTF-8. It does no harm there.',
    example: 'nodes 0 # caf\\xe9',
  },
  'invisible-character': {
    severity: 'warning',
    meaning:
      'Outside comments there is a character that cannot be seen: a no-break space or another Unicode blank, a character without width, a carriage return in the middle of a line. It does not separate words (a carriage return does): it is part of the word.',
    example: 'nodes\\xc2\\xa04',
  },
  'byte-order-mark': {
    severity: 'note',
    meaning:
      'The file starts with a byte order mark. It is ignored. Other programs may read it as part of the first word.',
    example: '\\xef\\xbb\\xbfnodes 0',
  },
  crlf: {
    severity: 'note',
    meaning: 'Lines end in carriage return and newline. That is accepted, and reported once.',
    example: 'nodes 0\\x0d\n',
  },
  'nul-byte': {
    severity: 'error',
    meaning: 'The line has NUL bytes: the file was damaged while it was written.',
    example: 'nodes 0 # half a line\\x00\\x00\\x00\\x00',
  },
  'unterminated-quote': {
    severity: 'error',
    meaning: 'A quote is opened, and not closed on the same line.',
    example: 'bootmodule "e1000',
  },
  'comment-in-quote': {
    severity: 'warning',
    meaning: 'There is a # inside quotes. It starts a comment even there, and the quote stays open.',
    example: 'bootmodule "rack #3"',
  },
  'unknown-keyword': {
    severity: 'note',
    meaning:
      'kickback does not know the keyword. Several programs share the file, so the line may belong to another program.',
    example: 'hostrnage 10.0.0.1 10.0.0.9',
  },
  'hostname-ignored': {
    severity: 'note',
    meaning: 'A hostname line does nothing: the name of a device belongs on its host line.',
    example: 'hostname pdu1 10.0.0.1',
  },
  'missing-argument': {
    severity: 'error',
    meaning: 'The line has fewer words than its keyword needs.',
    example: 'iprange 10.0.0.1',
  },
  'extra-argument': {
    severity: 'error',
    meaning: 'The line has more words than its keyword takes.',
    example: 'nodes 0 64',
  },
  repeated: {
    severity: 'error',
    meaning:
      'There is one line too many: a second nodes or nodeassign line, a second port for one service, a 101st nodename line, a 1,001st host line of one device, or its 10,001st name.',
    example: 'nodes 0\nnodes 0',
  },
  'class-property-repeated': {
    severity: 'warning',
    meaning: 'One property of a class is set twice. The later line is used.',
    example: 'class memtest initrdimage none\nclass memtest initrdimage /boot/initrd',
  },
  'bad-number': {
    severity: 'error',
    meaning:
      'A word is not a whole decimal number, or the number is out of range: node numbers go up to 1,048,575, and an IPv6 range has at most 1,048,576 addresses.',
    example: 'nodes many',
  },
  'leading-zero': {
    severity: 'warning',
    meaning: 'A number has a leading zero. It is read as decimal. Older programs may read it as octal.',
    example: 'nodes 00',
  },
  'bad-address': {
    severity: 'error',
    meaning: 'A word is not an IP address, or not of the family that is needed there.',
    example: 'hostrange 10.0.0.1 10.0.0.256',
  },
  'forbidden-address': {
    severity: 'error',
    meaning:
      'No machine can have this address or range: 0/8, 127/8, 224/4 and above, and in IPv6 ::, ::1, ff00::/8, fe80::/10 (link-local) and mapped IPv4 addresses. On interface and masterorder lines only fe80::/10 is an error.',
    example: 'hostrange 127.0.0.2 127.0.0.9',
  },
  'broadcast-address': {
    severity: 'warning',
    meaning:
      'A node, a host or a companion has the broadcast address of an interface’s network, or in IPv6 the address that its routers share (subnet-router anycast).',
    example: 'interface eth1 10.0.0.1 255.255.255.0\niprange 10.0.0.254 10.0.0.255',
  },
  'bad-netmask': {
    severity: 'error',
    meaning:
      'A netmask is not a run of ones followed by zeros, not the length of an IPv6 prefix, or not of the family of its address.',
    example: 'interface eth1 10.0.0.1 255.0.255.0',
  },
  'bad-mac': {
    severity: 'error',
    meaning: 'A word looks like a MAC address, but is not six hex octets.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 00:A0:D1:E9:87 10.0.0.5 pdu1',
  },
  'bad-node-set': {
    severity: 'error',
    meaning: 'A word is not a set of nodes, such as 15, 0-31, 1,2,4-10, 5-, - or all.',
    example: 'masterorder 9-3 10.0.0.1',
  },
  'bad-property': {
    severity: 'error',
    meaning: 'A class line sets something other than kernelimage, initrdimage or kernelcommandline.',
    example: 'class memtest kernel /boot/memtest',
  },
  'bad-sequence': {
    severity: 'error',
    meaning: 'A boot sequence or stage has a step other than pxe and local.',
    example: 'class own kernelimage none\nnodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 own pxe+disk pxe',
  },
  'stage-not-in-sequence': {
    severity: 'error',
    meaning: 'The stage is not a step of the sequence before it.',
    example: 'class own kernelimage none\nnodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 own pxe local',
  },
  'bad-nodename': {
    severity: 'error',
    meaning: 'A format does not start with a letter, or does not have exactly one conversion: %N or %1N to %5N.',
    example: 'nodename node%6N',
  },
  'bad-name': {
    severity: 'error',
    meaning:
      'A name is not allowed in /etc/hosts or /etc/netgroup: it is empty, too long, or has a forbidden character.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 "pdu 1"',
  },
  'name-not-dns': {
    severity: 'warning',
    meaning: 'A host name has other characters than letters, digits and hyphens, or is too long for DNS.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 pdu_1',
  },
  'name-top-level': {
    severity: 'warning',
    meaning:
      'A host name without a dot is also a top-level domain such as dev or local: machines that do not search the cluster’s domain ask the Internet for it.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost - 10.0.0.5 dev',
  },
  'reserved-name': {
    severity: 'error',
    meaning:
      'A name is reserved: self, master, master0, n-1, n-2, localhost, the owner of a service record such as _kickback._tcp, ns where no master is configured, the classes off and unapproved.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 master',
  },
  'range-reversed': {
    severity: 'error',
    meaning: 'A range ends below its start.',
    example: 'iprange 10.0.0.9 10.0.0.1',
  },
  'node-unplaced': {
    severity: 'error',
    meaning: 'The line continues the node numbers of a line that has errors, so its own numbers are not known.',
    example: 'iprange 10.0.0.1 10.0.0.\niprange 10.0.1.1 10.0.1.9',
  },
  'node-repeated': {
    severity: 'error',
    meaning: 'There are two node lines for one node, or two ipranges give one node two addresses of one family.',
    example: 'nodes 2\niprange 10.0.0.1 10.0.0.2\nnode 1 0:a0:d1:e9:87:ca\nnode 1 0:a0:d1:e9:87:cb',
  },
  'node-beyond-count': {
    severity: 'warning',
    meaning: 'A line names a node whose number is not below the number of the nodes line. That node does not exist.',
    example: 'nodes 1\niprange 10.0.0.1 10.0.0.1\nnode 1 0:a0:d1:e9:87:ca',
  },
  'node-without-address': {
    severity: 'warning',
    meaning: 'No iprange gives the node an address. The node does not exist.',
    example: 'nodes 2\niprange 10.0.0.1 10.0.0.1',
  },
  'numbered-from-one': {
    severity: 'warning',
    meaning:
      'The ipranges start at node 1 and end one number after the last node. Nodes are numbered from 0, so the last address belongs to no node, and node 0 has no address.',
    example: 'nodes 2\niprange 1 10.0.0.1 10.0.0.2',
  },
  'host-outside-ranges': {
    severity: 'error',
    meaning:
      'The address of a host is not in a hostrange, and is not the address of a master. The nearest hostrange is named.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.10 pdu1',
  },
  'range-overlap': {
    severity: 'error',
    meaning: 'Two ranges share addresses: two ipranges, two hostranges, or one of each.',
    example: 'nodes 0\niprange 10.0.0.1 10.0.0.9\nhostrange 10.0.0.9 10.0.0.20',
  },
  'master-in-hostrange': {
    severity: 'error',
    meaning: 'A hostrange holds the address of a master.',
    example: 'hostrange 10.0.0.1 10.0.0.9\ninterface eth1 10.0.0.1 255.255.255.0',
  },
  'address-clash': {
    severity: 'error',
    meaning: 'One IP address belongs to two machines: hosts, nodes, their companions or masters.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 pdu1\nhost 0:a0:d1:e9:87:cb 10.0.0.5 pdu2',
  },
  'mac-clash': {
    severity: 'error',
    meaning: 'One MAC belongs to two machines: hosts, nodes or their companions.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 pdu1\nhost 0:a0:d1:e9:87:ca 10.0.0.6 pdu2',
  },
  'unknown-companion': {
    severity: 'warning',
    meaning:
      'A node line gives a MAC to a device that the node does not have: no nodename line with an address makes this name for the node. The MAC does nothing.',
    example:
      'nodes 4\niprange 10.0.0.1 10.0.0.4\nnodename n%N\nnodename n%N-ipmi 0.0.1.0\nnode 2 n3-ipmi=0:a0:d1:e5:c4:72',
  },
  'name-clash': {
    severity: 'error',
    meaning: 'One name is used for two machines: a host and a node, or two hosts.',
    example:
      'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 pdu1\nhost 0:a0:d1:e9:87:cb 10.0.0.6 pdu2 PDU1',
  },
  'nodename-clash': {
    severity: 'error',
    meaning: 'Two nodename formats could make one name, or one could make a name that every node has already.',
    example: 'nodename n%N\nnodename n1%N 0.1.0.0',
  },
  'companion-address': {
    severity: 'error',
    meaning:
      'A companion would have an address that no machine can have, such as 0/8, 127/8, 224/4 and above, or beyond the last address.',
    example: 'nodes 2\niprange 10.0.0.1 10.0.0.2\nnodename n%N-ib 223.255.255.255',
  },
  'netgroup-clash': {
    severity: 'error',
    meaning: 'One netgroup name is used for two things: a class, a hostrange, a nodename line, or all nodes (cluster).',
    example: 'class pdus kernelimage none\nhostrange pdus 10.0.0.1 10.0.0.9',
  },
  'class-undefined': {
    severity: 'warning',
    meaning: 'A node line names a class that no class line defines. The node boots the default.',
    example: 'nodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 memtest pxe pxe',
  },
  'unknown-policy': {
    severity: 'warning',
    meaning: 'A nodeassign line has another word than append and locked. Unknown machines get nothing, as with locked.',
    example: 'nodes 0\nnodeassign insert',
  },
  'ignored-machine': {
    severity: 'warning',
    meaning:
      'The MAC of a node or of a device is also on an ignore line. The machine gets no address by DHCP with it, and boots nothing.',
    example: 'hostrange 10.0.0.1 10.0.0.9\nhost 0:a0:d1:e9:87:ca 10.0.0.5 pdu1\nignore 0:a0:d1:e9:87:ca',
  },
  'node-unapproved': {
    severity: 'note',
    meaning:
      'Nobody has approved the node yet: `unapproved` stands in place of its class, as on the lines that `nodeassign append` adds. It has its address and its name, and is in no netgroup, gets no key and boots nothing from the network.',
    example: 'nodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 unapproved 0:a0:d1:e9:87:ca',
  },
} as const satisfies Record<string, ConfigCodeRow>

/** The code of a diagnostic about a configuration. */
export type DiagnosticCode = keyof typeof CODES
