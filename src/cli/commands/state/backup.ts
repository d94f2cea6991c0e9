/** `kickback backup`: the keys, numbers and content of this master, in one file. */
import { writeBackup } from '../../../daemon/index.ts'
import { counted, fileMessage, wallClock } from '../../../values/index.ts'
import type { RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'

/** `kickback backup FILE`. The daemon may run meanwhile. */
export const run: RunCommand = async ({ settings, args: [file = ''], terminal }) => {
  try {
    const entries = await writeBackup(settings.stateDir, file, wallClock() / 1000, settings.withRootKey)
    const bytes = entries.reduce((sum, { size }) => sum + size, 0)
    const facts = { file, files: entries.length, bytes }
    terminal.print(
      settings.json
        ? `${JSON.stringify(facts, null, 2)}\n`
        : `${file}: ${counted(facts.files, 'file')}, ${counted(bytes, 'byte')}; it has the signing key${settings.withRootKey ? ' and the root key' : ', not the root key'}: keep it as safe as that\n`,
    )
    return EXIT.DONE
  } catch (error) {
    terminal.complain(`kickback: no backup was written: ${fileMessage(error)}\n`)
    return EXIT.FAILED
  }
}
