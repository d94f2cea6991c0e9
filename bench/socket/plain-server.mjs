// node:net and msgpackr by their own manuals, with the frames and messages of a look-up: node plain-server.mjs RECORDS SOCKET
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { Packr } from 'msgpackr'

const [file, path] = process.argv.slice(2)
const packr = new Packr({ useRecords: false })
const records = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))).map(([name, text]) => [name, Buffer.from(text, 'latin1')]))
const generation = 1_700_000_000

function answered(body) {
  const { id, db, key } = packr.unpack(body)
  const record = db === 'passwd' ? records.get(key) : undefined
  const packed = packr.pack(record === undefined ? { id, status: 0, generation } : { id, status: 1, record, generation })
  const frame = Buffer.allocUnsafe(4 + packed.length)
  frame.writeUInt32BE(packed.length)
  frame.set(packed, 4)
  return frame
}

const server = createServer((socket) => {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames = []
    let at = 0
    while (rest.length - at >= 4) {
      const end = at + 4 + rest.readUInt32BE(at)
      if (end > rest.length) break
      frames.push(answered(rest.subarray(at + 4, end)))
      at = end
    }
    rest = rest.subarray(at)
    if (frames.length > 0) socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
  })
  socket.on('error', () => socket.destroy())
})
server.listen(path)
