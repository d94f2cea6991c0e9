import { createInterface } from 'node:readline'
import t from 'tap'
import { builtModule, missing } from '../../nss/programs.ts'
import { guestMachine, place, snapshotsOf } from './machines.ts'

/** A name server that says each question that comes, and answers none. */
const SILENT = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.9', 53))
print('ready', flush=True)
while True:
    data, at = s.recvfrom(512), 12
    name = []
    while data[0][at]:
        name.append(data[0][at + 1:at + 1 + data[0][at]].decode())
        at += 1 + data[0][at]
    print('.'.join(name), flush=True)
`

/** Asks for a name in every way that glibc has. */
const ASK = `
import socket, sys
def ask(*arguments):
    try:
        return sorted({entry[4][0] for entry in socket.getaddrinfo(*arguments)})
    except OSError as error:
        return [type(error).__name__]
def old(function, *arguments):
    try:
        return [function(*arguments)]
    except OSError as error:
        return [type(error).__name__]
name = sys.argv[1]
for family in (socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6):
    for flags in (0, socket.AI_CANONNAME, socket.AI_V4MAPPED, socket.AI_V4MAPPED | socket.AI_ALL, socket.AI_ADDRCONFIG):
        print(int(family), int(flags), *ask(name, None, family, socket.SOCK_STREAM, 0, flags))
print('gethostbyname', *old(socket.gethostbyname, name))
`

const skip = missing('python3')

t.test('a name that we hold never waits for a name server that says nothing, in any family', { skip }, async (t) => {
  builtModule()
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'ada'), '/run/kickback')
  guest.must('printf "nameserver 127.0.0.9\\noptions timeout:1 attempts:1\\n" > /run/resolv.conf')
  guest.must('mount --bind /run/resolv.conf "$(readlink -f /etc/resolv.conf)"')
  const server = guest.start('python3', '-c', SILENT)
  if (server.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  t.equal((await lines.next()).value, 'ready')
  const ask = (name: string): string => guest.run('python3', '-c', ASK, name).stdout
  for (const name of [
    'n15',
    'n0015',
    'n15.cluster.internal',
    'node-15',
    'N15.Cluster.Internal',
    'six',
    'storage',
    'switch',
  ]) {
    const said = ask(name)
    t.match(said, /^0 0 (10\.|fd00)/m, `${name} has an address`)
    t.match(ask(`${name}.`), /^0 0 (10\.|fd00)/m, 'with a final dot too')
  }
  t.match(ask('n15'), /^10 0 gaierror$/m, 'n15 has no IPv6 address')
  t.match(ask('n15'), /^10 8 ::ffff:10\.0\.0\.15$/m, 'but for a mapped one')
  t.match(ask('six'), /^gethostbyname gaierror$/m, 'six has no IPv4 address')
  t.match(guest.run('getent', 'hosts', 'n15').stdout, /^10\.0\.0\.15 +n15 node-15$/m)
  t.match(guest.run('getent', 'hosts', '10.9.1.3').stdout, /storage/)
  t.equal(guest.run('getent', 'hosts', 'elsewhere.example').code, 2)
  t.equal(
    (await lines.next()).value,
    'elsewhere.example',
    'the first that the name server heard of is the unknown name',
  )
})
