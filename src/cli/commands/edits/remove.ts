/** `kickback remove`: a host or node line is taken out of the configuration. */
import { nodeNumber, removeHost, removeNode } from '../../../config/index.ts'
import type { RunCommand } from '../../command.ts'
import { makeEdit } from './editing.ts'

/** `kickback remove`. */
export const run: RunCommand = async (invocation) => {
  const [what = '', key = ''] = invocation.args
  const { domain } = invocation.settings
  return makeEdit(invocation, {
    action: `remove ${what} ${key}`,
    edit: (bytes) => (what === 'node' ? removeNode(bytes, nodeNumber(key)) : removeHost(bytes, key, domain)),
  })
}
