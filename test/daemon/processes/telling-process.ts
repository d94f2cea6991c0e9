// A process of DNS that answers nobody, for a test of what such processes are told: it writes each port for what is handed over, of its start and
// of notes, as a line into the file `first` or `other` of a folder.
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { Channel, PROCESS_FDS } from '../../../src/daemon/processes/channel/channel.ts'
import { monotonic } from '../../../src/values/index.ts'

/** Where a first process of this pid says that it takes what is handed over. */
export function portOf(pid: number): number {
  return 1 + (pid % 65_535)
}

/** What comes: the start, and then orders. */
interface Heard {
  readonly handover?: number
  readonly share?: { readonly isFirst: boolean }
  readonly note?: { readonly handover: number }
}

function run(dir: string): void {
  let name: string | undefined
  const channel = new Channel(new Socket({ fd: PROCESS_FDS.channel }), {
    ...{ bytesMax: 1 << 20, valuesMax: 1 << 16, messagesMax: 1000, clock: monotonic },
    heard: (message) => {
      const { share, note, handover = note?.handover } = message as Heard
      name ??= share?.isFirst ? 'first' : 'other'
      if (handover !== undefined) appendFileSync(join(dir, name), `${handover}\n`)
      if (share === undefined) return
      const own = share.isFirst ? portOf(process.pid) : 0
      channel.send({
        kind: 'ready',
        figures: { generation: 1, places: [], failures: {}, counters: null, handover: own },
      })
    },
    closed: () => process.exit(),
  })
}

if (process.argv[1] === import.meta.filename) run(process.argv[2] ?? '')
