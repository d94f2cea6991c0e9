/**
 * The program of a process that answers DNS, HTTP or machines that boot for its daemon, which starts it as `front LEVEL FORMAT`, how to log, and
 * tells it all else by a channel. It reads no settings and knows no commands: what it loads is what it answers with.
 */
import { Socket } from 'node:net'
import { become, PROCESS_FDS, runFrontWorker } from '../../daemon/index.ts'
import { identity, loggingTo } from '../daemon.ts'
import type { Settings } from '../settings/table.ts'
import { ignoreSignals } from '../signals.ts'
import { EXIT } from '../synopsis/row.ts'

process.title = 'kickback'
// What ends its daemon ends it by the channel: signals are not for it.
ignoreSignals()
const [logLevel, logFormat] = process.argv.slice(2) as unknown as [Settings['logLevel'], Settings['logFormat']]
process.exitCode = await loggingTo({ logLevel, logFormat }, async (logger) => {
  const isWell = await runFrontWorker({
    pair: new Socket({ fd: PROCESS_FDS.channel }),
    folder: `/proc/self/fd/${PROCESS_FDS.folder}`,
    uid: () => identity().uid,
    become,
    named: (front) => {
      process.title = `kickback ${front}`
    },
    logger,
  })
  return isWell ? EXIT.DONE : EXIT.FAILED
})
