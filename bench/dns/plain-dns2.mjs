// dns2 by its own manual: node plain-dns2.mjs FOLDER PORT
import { readFileSync } from 'node:fs'
import dns2, { Packet } from 'dns2'

const [folder, port] = process.argv.slice(2)
const domain = 'cluster.test'
const addresses = new Map()
const names = new Map()
for (const line of readFileSync(`${folder}/hosts`, 'latin1').trim().split('\n')) {
  const [address, name] = line.split(' ')
  addresses.set(name, address)
  names.set(`${address.split('.').reverse().join('.')}.in-addr.arpa`, name)
}
const times = { serial: 1, refresh: 3600, retry: 600, expiration: 86400, minimum: 60 }
const soa = { name: domain, type: Packet.TYPE.SOA, class: Packet.CLASS.IN, ttl: 60, primary: `ns.${domain}`, admin: `root.${domain}`, ...times }
const server = dns2.createServer({
  udp: true,
  handle: (request, send) => {
    const response = Packet.createResponseFromRequest(request)
    const [{ name, type }] = request.questions
    const record = { name, type, class: Packet.CLASS.IN, ttl: 300 }
    response.header.aa = 1
    if (type === Packet.TYPE.A && addresses.has(name)) response.answers.push({ ...record, address: addresses.get(name) })
    else if (type === Packet.TYPE.PTR && names.has(name)) response.answers.push({ ...record, domain: names.get(name) })
    else {
      if (!addresses.has(name) && !names.has(name)) response.header.rcode = Packet.RCODE.NXDOMAIN
      response.authorities.push(soa)
    }
    send(response)
  },
})
server.listen({ udp: { port: Number(port), address: '127.0.0.1', type: 'udp4' } })
