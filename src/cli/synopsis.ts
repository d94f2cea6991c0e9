/** The commands as help and manual tell of them, once; what they do is in the file of each. */
import { DATABASE_NAMES, type DatabaseName, EXPORTS } from '../resolver/index.ts'
import { EDIT_COMMANDS } from './synopsis/edits.ts'
import { IMPORT_COMMAND } from './synopsis/import.ts'
import { OBSERVING_COMMANDS } from './synopsis/observing.ts'
import { type CommandName, type CommandRow, EXIT, NEEDS_ATTENTION, NOT_FOUND, WRONG_USAGE } from './synopsis/row.ts'

export {
  type CommandArgument,
  type CommandName,
  type CommandRow,
  EXIT,
  NEEDS_ATTENTION,
  NOT_FOUND,
} from './synopsis/row.ts'

/** What `explain` also explains, though it is no database: who may log in. */
export const LOGINS = 'access'
/** What else it explains: what a node is sent when it boots. */
export const BOOT_PLAN = 'boot'

/** What `export` can print. */
export const EXPORT_FORMATS: readonly (
  | DatabaseName
  | 'zone'
  | 'slurm'
  | 'dnsmasq'
  | 'kea'
  | 'ansible'
  | 'genders'
  | 'prometheus'
  | 'known_hosts'
)[] = [...EXPORTS, 'zone', 'slurm', 'dnsmasq', 'kea', 'ansible', 'genders', 'prometheus', 'known_hosts']

/** Words as a sentence lists them: `hosts, ethers or shadow`. */
function listed(words: readonly string[], last: string): string {
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** Every command, in the order of help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'serve',
    arguments: [],
    summary: 'run the name service on the master',
    doc: 'Reads the configuration and the accounts, publishes them as one snapshot, and answers from it on Unix sockets, TCP and, with --dns, DNS. It reads a file again when it changes, and all files on SIGHUP. If a file has an error, its last good content stays in use. SIGTERM ends the daemon.',
    examples: [
      ['kickback serve', 'serve /etc/beowulf/config, as kickback.service does'],
      ['kickback serve --dns 10.20.30.1:53', 'answer DNS too'],
      [
        'kickback serve --config ./config --run-dir ./run --state-dir ./state --listen 127.0.0.1:3045',
        'try it without root',
      ],
    ],
    exits: [
      [EXIT.DONE, 'ended by SIGTERM or SIGINT'],
      [EXIT.FAILED, 'there is nothing to serve, or another daemon uses the run dir'],
      WRONG_USAGE,
    ],
  },
  {
    name: 'proxy',
    arguments: [],
    summary: 'run the name service on a node',
    doc: 'Fetches the signed snapshot of a master, publishes it on this machine, and fetches each new generation. It also answers if no master does. It needs --master, and --key or --insecure.',
    examples: [
      [
        'kickback proxy --master 10.20.30.1:3045 --key /etc/kickback/signing.pub',
        'follow a master whose public key is known',
      ],
      ['kickback proxy --master 10.20.30.1:3045 --insecure', 'for a trial: believe whatever that machine says'],
    ],
    exits: [[EXIT.DONE, 'ended by SIGTERM or SIGINT'], [EXIT.FAILED, 'it could not start'], WRONG_USAGE],
  },
  {
    name: 'dns',
    arguments: [],
    summary: 'answer DNS from the snapshot of this machine',
    doc: 'Answers DNS from the published snapshot in the run dir, else in /var/lib/kickback or /usr/share/kickback, and continues with each new one. It needs no configuration, no key and no other daemon. It needs --dns. Started by root, it runs as the user of --dns-user once its sockets are open. The daemons serve and proxy start it by themselves if they have --dns.',
    examples: [
      ['kickback dns --dns 10.20.30.115:53', 'answer DNS on a machine where a proxy keeps the snapshot'],
      ['kickback dns --run-dir ./run --dns 127.0.0.1:5353', 'try it without root'],
    ],
    exits: [
      [EXIT.DONE, 'ended by SIGTERM or SIGINT'],
      [EXIT.FAILED, 'it could not start, for example because an address is in use'],
      WRONG_USAGE,
    ],
  },
  {
    name: 'setup',
    arguments: [
      { word: '<role>', doc: 'what this machine is to become; off undoes it', choices: ['master', 'node', 'off'] },
    ],
    summary: 'make this machine a master or a node, or undo that',
    doc: 'Writes the settings, enables and starts the unit, and puts kickback into nsswitch.conf. It prints what it changed, and changes nothing that is right already. A node needs the address of a master, and either a join token or the public key of the cluster; on a terminal it asks for what is missing. The token is never sent: it proves that the key comes from the master. One command at a time changes a machine; another one waits. off takes kickback out of nsswitch.conf, stops and disables the unit, and gives back the files as they were.',
    examples: [
      ['kickback setup master', 'on the master, with /etc/beowulf/config in place'],
      ['kickback setup node --master 10.20.30.1 --token-file -', 'on a node: reads the token from standard input'],
      ['kickback setup node --master 10.20.30.1 --key signing.pub', 'on a node to which the key was copied'],
      ['kickback setup node --master 10.20.30.1 --key signing.pub --dry-run', 'only print what would be done'],
      ['kickback setup off', 'undo it'],
    ],
    exits: [
      [EXIT.DONE, 'done, or nothing to do'],
      [EXIT.FAILED, 'a step failed: what was done before it is printed'],
      [NEEDS_ATTENTION, 'the node is set up, but no master has answered: it follows one as soon as one answers'],
      WRONG_USAGE,
    ],
  },
  {
    name: 'nsswitch',
    arguments: [{ word: '<action>', doc: 'what to do', choices: ['on', 'off', 'show'] }],
    summary: 'put kickback into nsswitch.conf, or take it out',
    doc: 'Edits the lines of the databases that kickback answers; comments, other sources and their actions stay. on puts kickback behind the files of this machine and ahead of whatever can end the search. It does so only if the C library can load the module. off gives back the file byte for byte as it was before on, even if other lines were changed since. If authselect makes the file, its custom profile is edited. Warnings name what hides entries of the cluster.',
    examples: [
      ['kickback nsswitch on', 'on a node'],
      ['kickback nsswitch on --master', 'on a master: hosts, ethers and netgroup only'],
      ['kickback nsswitch show', 'which databases ask kickback'],
      ['kickback nsswitch off', 'take it out again'],
    ],
    exits: [
      [EXIT.DONE, 'done, or nothing to do'],
      [EXIT.FAILED, 'the file was not changed'],
      [EXIT.USAGE, 'wrong usage'],
    ],
  },
  {
    name: 'keys',
    arguments: [
      {
        word: '<action>',
        doc: 'what to do',
        choices: [
          'token',
          'list',
          'approve',
          'revoke',
          'passwords',
          'hosts',
          'approve-host',
          'refuse-host',
          'masters',
          'request',
          'certify',
          'adopt',
          'revoke-master',
          'rotate',
        ],
      },
      {
        word: '[name]',
        doc: 'of token, approve, revoke and passwords, and of hosts, approve-host and refuse-host: the name or the number of a node; the name of a master; of rotate: signing, root or node; of adopt: a file',
      },
      {
        word: '[file]',
        doc: 'of token: the MAC address that the node must have; of approve and revoke: the mark that the key must have; of approve-host and refuse-host: its fingerprint; of certify: the request of the other master, or - for standard input; of rotate: finish',
      },
    ],
    summary: 'make join tokens; approve, revoke and rotate keys of nodes and masters',
    doc: 'token prints a random token on standard output. One node can use it once, within 15 minutes, to learn the public key of the cluster from this master; where the node asks for a certificate (the setting certificate) its key is approved too. With the name of a node only that node can use it, from its own address; with a MAC address too only the neighbour that has it. A second use, and a use by another machine, is refused, logged and in the audit log. list shows the keys of nodes: those that wait for an approval first. approve lets the pending key of a node in: compare the mark with that which kickback status shows on the node. A key that the node had before is revoked. With its mark a key is approved that is pending on another master. revoke ends the keys of a node on all masters, at once and for good: the node needs a new key. It also prints whose password hashes this master gave to the node; passwords prints these names alone. Each master knows only what it gave itself. hosts shows the ssh host keys that nodes with a certificate told: those that wait for an approval first. The first keys of a node count; one that it tells later waits, and is not in export known_hosts until approve-host lets it in: compare the fingerprint with what ssh-keygen -l prints on the node. What the node did not tell the last time goes out then. refuse-host refuses it; with a fingerprint also one that counted. masters shows the trust list: which keys of masters count. request prints the public key of this master, for certify NAME FILE on the master that has the root key; adopt FILE makes this master believe the root of that list (the file trust of the other master). revoke-master NAME withdraws the keys of a master. rotate signing gives this master a new signing key; it takes about two minutes, without an outage. rotate node, on a node, gives that node a new key; the one before it is revoked. rotate root makes a new root key, and rotate root finish withdraws the old one. The root key is root.key in the state dir, or the file of --root-key. All but rotate node works on a master only, as root.',
    examples: [
      ['kickback keys token', 'make a token, and type it on the node'],
      ['kickback keys token n12', 'make a token that only n12 can use, from its own address'],
      ['kickback keys token --json', 'the token, and for how many seconds it can be used'],
      ['kickback keys list', 'the keys of nodes'],
      ['kickback keys approve n12', 'the pending key of node n12 is its key'],
      ['kickback keys revoke n12', 'the keys of node n12 count no longer'],
      ['kickback keys passwords n12', 'the users whose password hashes this master gave to node n12'],
      ['kickback keys hosts', 'the ssh host keys of nodes'],
      ['kickback keys approve-host n12', 'the changed ssh host keys of node n12 are its keys'],
      ['kickback keys masters', 'which keys of masters count'],
      [
        'kickback keys certify m2 request --root-key /media/root.key',
        'let a second master in by its request, with a root key that is kept elsewhere',
      ],
      ['kickback keys revoke-master m2', 'nodes believe m2 no longer'],
      ['kickback keys rotate signing', 'a new signing key for this master'],
    ],
    exits: [[EXIT.DONE, 'done'], [EXIT.FAILED, 'refused, nothing to do, or nothing answers'], WRONG_USAGE],
  },
  {
    name: 'check',
    arguments: [{ word: '[file]', doc: 'a configuration to check alone' }],
    summary: 'check what a reload would read',
    doc: 'Prints what is wrong in the settings, the configuration and the accounts, as FILE:LINE:COL: error: message [code]. With FILE it checks only that configuration. On a node it checks the settings, the key and the copy. If it has nothing to report, it prints nothing. Notes and warnings do not stop a reload.',
    examples: [
      ['kickback check', 'check everything that a reload would read'],
      ['kickback check ./config', 'check one configuration alone'],
      ['kickback check --json', 'the same as JSON'],
    ],
    exits: [
      [EXIT.DONE, 'no error'],
      [EXIT.FAILED, 'at least one error'],
      [EXIT.USAGE, 'wrong usage'],
    ],
  },
  {
    name: 'query',
    arguments: [
      { word: '<db>', doc: listed(DATABASE_NAMES, 'or') },
      { word: '[key...]', doc: 'what to look up. Without a key the whole database is listed' },
    ],
    summary: 'ask the service, as getent does',
    doc: 'Prints what `getent DB KEY` prints, and exits as getent does.',
    examples: [
      ['kickback query hosts n15', 'the address of node 15'],
      ['kickback query ethers 00:A0:D1:E9:87:CA', 'the machine with that MAC address'],
      ['kickback query passwd', 'all users'],
      ['kickback query --server 10.20.30.1:3045 group physics', 'ask another machine'],
    ],
    exits: [
      [0, 'found'],
      [1, 'unknown database'],
      [2, 'a key was not found'],
      [3, 'this database cannot be listed'],
      [4, 'no service answers'],
      [5, 'this machine may not ask: see the setting `allow` of the master'],
      WRONG_USAGE,
    ],
  },
  {
    name: 'explain',
    arguments: [
      {
        word: '<db>',
        doc: 'the database; access for logins, boot for what a node boots',
        choices: [...DATABASE_NAMES, LOGINS, BOOT_PLAN],
      },
      {
        word: '<key>',
        doc: 'a name in any spelling, an address, a MAC address, or an id; of access USER@NODE; of boot a node',
      },
    ],
    summary: 'tell where an answer comes from, or why there is none',
    doc: 'Prints the record, the lines of the files that made it and by which rule, and the generation; or the nearest reason why there is no such record. Then it prints what the module, the socket and DNS of this machine answer, what is asked before them, and what programs get. If the files say something that is not served, it tells both, and why. On a node, only the snapshot is at hand: ask on the master for files and lines. Root gets the most: other users cannot read the last good content of the files.',
    examples: [
      ['kickback explain hosts n15', 'which lines give node 15 its name and address'],
      ['kickback explain hosts 10.20.30.140', 'why no machine has this address'],
      ['kickback explain passwd ada', 'why ada is, or is not, on the nodes'],
      ['kickback explain ethers 00:A0:D1:E9:87:CA --json', 'the same for programs'],
      ['kickback explain access ada@n15', 'whether ada may log in on node 15, and by which rule'],
      ['kickback explain boot n15', 'what node 15 is sent when it boots next, and by which lines'],
    ],
    exits: [
      [EXIT.DONE, 'there is such a record; of access: the user may log in; of boot: there is such a node'],
      [EXIT.FAILED, 'this machine has neither a snapshot nor a configuration'],
      [NOT_FOUND, 'there is no such record, or the user may not: the reason was printed'],
      WRONG_USAGE,
    ],
  },
  {
    name: 'export',
    arguments: [
      { word: '<format>', doc: 'the format to print', choices: EXPORT_FORMATS },
      {
        word: '[origin]',
        doc: 'for the format zone: the name of the zone. Without it the zone of the domain is printed',
      },
    ],
    summary: 'print names and accounts in the format of a file',
    doc: `Prints what the configuration and the accounts say, in the format of ${EXPORTS.map((name) => `/etc/${name}`).join(', ')} or of a DNS zone; slurm prints the nodes as NodeName lines of slurm.conf, nodes in a row in one line; dnsmasq prints host-record and dhcp-host options, ansible an inventory with a group for each netgroup, genders lines with netgroups, addresses, MACs and aliases as attributes; kea prints a configuration of kea-dhcp4 with a subnet for each interface line and a reservation for each MAC, prometheus the nodes as targets of file_sd_configs at port 9100 (node_exporter); known_hosts, on a master and as root, the ssh host keys that nodes told and that count, with all names and addresses.`,
    examples: [
      ['kickback export hosts', 'lines for /etc/hosts'],
      ['kickback export zone --domain cluster.internal', 'a zone for any DNS server'],
      ['kickback export dnsmasq', 'names and MACs for dnsmasq.conf'],
      ['kickback export kea', 'a configuration for kea-dhcp4'],
      ['kickback export prometheus', 'the nodes for file_sd_configs of prometheus.yml'],
      ['kickback export slurm', 'NodeName lines with NodeAddr for slurm.conf'],
      ['kickback export known_hosts', 'lines for /etc/ssh/ssh_known_hosts'],
      ['kickback export zone 30.20.10.in-addr.arpa', 'the addresses of 10.20.30.0/24'],
    ],
    exits: [[EXIT.DONE, 'printed'], [EXIT.FAILED, 'the configuration has an error'], WRONG_USAGE],
  },
  IMPORT_COMMAND,
  ...OBSERVING_COMMANDS,
  {
    name: 'reload',
    arguments: [],
    summary: 'read the configuration and the accounts again',
    doc: 'Reads all files again as SIGHUP does, waits for the end, and prints what changed or why it was refused. On a node it works with --force only. With --back-to it serves the content of an earlier generation, under a new number, and pins it: changes of the files are checked but not served until --release.',
    examples: [
      ['kickback reload', 'read all files again'],
      ['kickback reload --dry-run', 'only show what would change'],
      ['kickback reload --dry-run --verbose', 'and each record: added, moved to another address, renumbered, removed'],
      ['kickback reload --dry-run --config ./config', 'try a new configuration before you install it'],
      ['kickback reload --force', 'publish in spite of the loss limit'],
      ['kickback reload --back-to 1795737136 --dry-run', 'show what it would change to go back to this generation'],
      ['kickback reload --back-to 1795737136', 'go back, and stay there'],
      ['kickback reload --release', 'serve what the files say again'],
    ],
    exits: [[EXIT.DONE, 'done, or nothing to do'], [EXIT.FAILED, 'refused, or nothing answers'], WRONG_USAGE],
  },
  {
    name: 'history',
    arguments: [
      { word: '[generation]', doc: 'one of them: what is different in it from the one before, record by record' },
    ],
    summary: 'list the generations that the master keeps',
    doc: 'Prints the last generations of this master, the oldest first: number, time, what changed, and why. With a number, or with --verbose, it also tells each record that changed. `kickback reload --back-to` serves one of them again.',
    examples: [
      ['kickback history', 'the generations that this master can go back to'],
      ['kickback history 1795737136', 'what changed with this generation, record by record'],
      ['kickback history --json', 'the same as JSON, with digest, size and the number of records'],
    ],
    exits: [[EXIT.DONE, 'printed'], [EXIT.FAILED, 'nothing answers, or this is a node'], WRONG_USAGE],
  },
  {
    name: 'wait',
    arguments: [{ word: '[generation]', doc: 'the generation to wait for; without it, the current one' }],
    summary: 'wait until nodes are in step',
    doc: 'Returns when all nodes, or those of --nodes, have the generation or a later one. It works on a master. The master tells as soon as the last node reports: nothing is polled. When the time of --timeout is over, it names the nodes that are not connected and those that have an older generation. If the daemon is restarted meanwhile, the wait continues. A node counts if its proxy runs as root and follows this master; nodes that follow another master, or use kickback-fetch, are not connected.',
    examples: [
      ['kickback wait', 'until every node has what this master serves now'],
      ['kickback wait --nodes n1-n10,n12 --timeout 30', 'those nodes, for 30 seconds at most'],
      ['kickback wait 1795737136', 'until all have this generation or a later one'],
      ['kickback wait --timeout 0', 'only tell which nodes are not in step'],
    ],
    exits: [
      [EXIT.DONE, 'all of them are in step'],
      [EXIT.FAILED, 'nothing answers, there is no such node, or this is a node'],
      [NEEDS_ATTENTION, 'the time is over: the nodes that are not in step were named'],
      WRONG_USAGE,
    ],
  },
  ...EDIT_COMMANDS,
  {
    name: 'backup',
    arguments: [{ word: '<file>', doc: 'the file to write' }],
    summary: 'write the keys, the numbers and the content of this master to a file',
    doc: 'Writes one file of mode 0600: the signing key, the history of generations, the last good snapshots, the kept generations and the last good content of the files. A file of before is replaced only if all could be written. The daemon may run. Whoever can read the file can act as a master, and has the password hashes.',
    examples: [['kickback backup /root/kickback.backup', 'after each change of the key, and from time to time']],
    exits: [[EXIT.DONE, 'written'], [EXIT.FAILED, 'nothing was written'], WRONG_USAGE],
  },
  {
    name: 'restore',
    arguments: [{ word: '<file>', doc: 'the backup' }],
    summary: 'put a backup of a master back into its state dir',
    doc: 'Checks the whole file before it changes anything, and says at which byte it is damaged. It refuses while a daemon runs, and, without --other-cluster, if the state dir has the key of another cluster. What was in the state dir before is removed. The files in /etc are not changed. A restored master serves no nodes until it has met another master or a node: nobody knows what was published after the backup.',
    examples: [
      ['kickback restore /root/kickback.backup', 'after kickback.service was stopped'],
      ['kickback restore --other-cluster /root/kickback.backup', 'also if the state dir belongs to another cluster'],
    ],
    exits: [[EXIT.DONE, 'restored'], [EXIT.FAILED, 'refused, or the file is damaged'], WRONG_USAGE],
  },
  {
    name: 'snapshot',
    arguments: [
      { word: '<action>', doc: 'what to do', choices: ['verify', 'show'] },
      { word: '<file>', doc: 'the snapshot' },
    ],
    summary: 'check a snapshot and its signature, or list its contents',
    doc: 'verify checks structure, digest, owner and mode, and with --key the signature. show lists the contents of the file.',
    examples: [
      ['kickback snapshot verify /run/kickback/snapshot.1', 'check that the file is complete and not damaged'],
      [
        'kickback snapshot verify --key /etc/kickback/signing.pub /run/kickback/snapshot.1',
        'check that the cluster signed it, too',
      ],
      ['kickback snapshot show /run/kickback/snapshot.1', 'list its contents'],
    ],
    exits: [
      [EXIT.DONE, 'whole'],
      [EXIT.FAILED, 'damaged, of a wrong owner or mode, or not signed by the key'],
      WRONG_USAGE,
    ],
  },
]

/** Commands that are promised and not there yet: they say so, and are in no help. */
export const LATER_COMMANDS: ReadonlySet<string> = new Set()

/** Options that are promised and not there yet, of the commands that will take them. */
export const LATER_FLAGS: readonly (readonly [CommandName, flag: string])[] = []
