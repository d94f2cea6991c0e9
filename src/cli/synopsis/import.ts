/** The command that moves in from other programs, as help and manual tell of it. */
import { IMPORT_FORMATS } from '../../import/index.ts'
import { type CommandRow, EXIT, WRONG_USAGE } from './row.ts'

/** `kickback import`. */
export const IMPORT_COMMAND: CommandRow = {
  name: 'import',
  arguments: [
    { word: '<format>', doc: 'what the files are', choices: IMPORT_FORMATS },
    { word: '<file>', doc: 'a file to read' },
    { word: '[files...]', doc: 'further files' },
  ],
  summary: 'make a configuration from files of other programs',
  doc: 'Reads names, addresses and MACs from files of other programs, and prints a configuration. hosts reads /etc/hosts and /etc/ethers: each line tells which of the two it is from. dnsmasq reads dnsmasq.conf and files of dhcp-hostsfile, dhcpd the dhcpd.conf of ISC, warewulf the nodes.conf of Warewulf 4, xcat what lsdef -z prints, genders a genders file. The configuration has no errors; its comments at the end tell, with file and line, what could not be carried over. Machines whose names differ by a number alone become nodes: those of the largest kind, or of --node-names. No other file is changed.',
  examples: [
    ['kickback import warewulf /etc/warewulf/nodes.conf', 'print a configuration'],
    ['kickback import genders /etc/genders --hosts /etc/hosts /etc/ethers', 'take the addresses from other files'],
    ['kickback import hosts /etc/hosts /etc/ethers --output ./config', 'make ./config, then read its comments'],
    ["kickback import hosts /etc/hosts --node-names 'gpu%2N' 'cpu%2N'", 'say which names are those of nodes'],
  ],
  exits: [
    [EXIT.DONE, 'written'],
    [EXIT.FAILED, 'a file cannot be read, or is not of its format; or the file of --output is there already'],
    WRONG_USAGE,
  ],
}
