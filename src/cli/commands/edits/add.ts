/** `kickback add`: a host or node line is added to the configuration. */
import { addHost, addNode } from '../../../config/index.ts'
import type { RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'
import { makeEdit } from './editing.ts'

/** `kickback add`. */
export const run: RunCommand = async (invocation) => {
  const [what = '', ...words] = invocation.args
  const { domain } = invocation.settings
  const action = ['add', what, ...words].join(' ')
  if (what === 'node') return makeEdit(invocation, { action, edit: (bytes) => addNode(bytes, words) })
  const [mac, address, ...names] = words
  if (mac === undefined || address === undefined) {
    invocation.terminal.complain('kickback: usage: kickback add host MAC|- IP [NAME...]\n')
    return EXIT.USAGE
  }
  return makeEdit(invocation, { action, edit: (bytes) => addHost(bytes, mac, address, names, domain) })
}
