/** `kickback restore`: a backup of a master, put back into its state dir. */
import { PartError, restoreBackup } from '../../../daemon/index.ts'
import { fileMessage, monotonic } from '../../../values/index.ts'
import type { RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'
import { auditHere } from './audit.ts'

/** What is to be known of a state that was restored. */
const IN_DOUBT =
  'nodes are served once this master has met another master or a node that has nothing newer; where there is none, after kickback reload --force'

/** `kickback restore FILE`. No daemon may run meanwhile. */
export const run: RunCommand = async ({ settings, args: [file = ''], terminal }) => {
  const { stateDir, runDir, otherCluster: anyCluster } = settings
  const { pid } = process
  const uid = process.geteuid?.() ?? 0
  try {
    const report = await restoreBackup({ file, stateDir, runDir, pid, uid, clock: monotonic, anyCluster })
    const action = `restore of the backup of ${report.time}`
    auditHere(stateDir, action)
    const made = new Date(report.time * 1000).toISOString()
    terminal.print(
      settings.json
        ? `${JSON.stringify({ file, ...report }, null, 2)}\n`
        : `${stateDir}: restored from the backup of ${made}; start the daemon. ${IN_DOUBT}\n`,
    )
    return EXIT.DONE
  } catch (error) {
    const before = error instanceof PartError ? '' : 'nothing was restored: '
    terminal.complain(`kickback: ${before}${fileMessage(error)}\n`)
    return EXIT.FAILED
  }
}
