// DNS secondaries follow whatever the dates of the inputs are, and through the loss of the state dir.
import { rmSync, utimesSync } from 'node:fs'
import t from 'tap'
import { parseRare } from '../../src/dns/wire/dns2.ts'
import { Scratch } from '../cli/scratch.ts'
import { askUdp, query } from '../dns/client.ts'
import { lacking, stop } from '../dns/programs.ts'
import { SECONDARIES } from '../dns/transfer/secondaries.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

const ZONE = 'cluster.internal'
const FILES = ['config', 'passwd', 'group', 'shadow', 'login.defs']
const YEAR_2100 = 4_102_444_800

/** The serial that a server has of the zone; -1 where it has none yet. */
async function serialAt(port: number): Promise<number> {
  const reply = await askUdp(port, query(ZONE, 'SOA', { flags: 0 }), 300)
  return reply === undefined || reply.readUInt16BE(6) !== 1 ? -1 : (parseRare(reply)?.serial ?? -1)
}

for (const kind of SECONDARIES) {
  t.test(
    `${kind.program} follows a master whose files have the dates of an image, or of the year 2100, and that forgets`,
    {
      skip: lacking(kind.program),
    },
    async (t) => {
      const scratch = new Scratch(t)
      const [primary, port] = [await freePort(), await freePort()]
      const dns = ['--dns', `127.0.0.1:${primary}`, '--dns-secondaries', `127.0.0.1:${port}`]
      const dir = folder(t)
      const date = (time: number) => {
        for (const name of FILES) utimesSync(scratch.path(name), time, time)
      }
      // The process of DNS may take a generation a little after the reload is answered.
      const follows = async (last: number) => {
        let serial = last
        await until(async () => {
          serial = await serialAt(primary)
          return serial > last && (await serialAt(port)) === serial
        }, `a serial after ${last}`)
        return serial
      }
      const changed = async (host: number, time: number) => {
        scratch.append('config', `host 00:A0:D1:00:00:0${host} 10.20.30.${91 + host} device${host}\n`)
        date(time)
        t.match(await scratch.ask('reload'), { code: 0 })
      }
      date(1)
      const daemon = await scratch.serve(...dns)
      const child = kind.start({ folder: dir, port, primary, zones: [ZONE], key: undefined })
      t.teardown(async () => {
        await stop(child)
      })
      const first = await follows(-1)
      for (let host = 1; host <= 5; host++) await changed(host, 1)
      const ahead = await follows(first)
      await changed(6, YEAR_2100)
      const dated = await follows(ahead)
      t.ok(dated < YEAR_2100)
      await daemon.end()
      for (const name of ['state', 'run']) rmSync(scratch.path(name), { recursive: true })
      scratch.append('config', 'host 00:A0:D1:00:00:07 10.20.30.98 device7\n')
      date(1)
      await scratch.serve(...dns)
      t.ok((await follows(dated)) > dated, 'its serial goes on from that of the secondary')
    },
  )
}
