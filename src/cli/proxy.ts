import type { RunCommand } from './command.ts'
import { EXIT } from './synopsis.ts'

/** `kickback proxy`. */
export const run: RunCommand = async ({ terminal }) => {
  terminal.complain('kickback: proxy is not there yet\n')
  return EXIT.USAGE
}
