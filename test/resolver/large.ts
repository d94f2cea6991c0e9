/** A large cluster for programs that read what is exported. */

/** The configuration of many nodes, and of devices whose names are no names of some program. */
export const LARGE = `
nodes 3000
iprange 0 10.20.0.1 10.20.11.184
iprange 0 fd00::1 fd00::bb8
nodename node%5N
nodename node%5N-bmc 0.1.0.0 bmcs
class mac kernelimage none
node 1 mac 0:0:0:0:0:1 0:0:0:0:0:2
hostrange 10.9.0.1 10.9.0.9
host 0:0:0:0:0:3 10.9.0.1 nas.example.com
host 0:0:0:0:0:4 10.9.0.2 gate.example.com gate
host - 10.9.0.3 a_b
host - 10.9.0.4 UPPER
`
