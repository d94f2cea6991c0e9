/** What an error of the system or of a program says, for messages and decisions. */

/** The code of a system error (ENOENT, EACCES, ...), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What the system said, without the call and the path that Node puts around it: `no such file or directory`. */
export function systemMessage(error: unknown): string {
  if (systemErrorCode(error) === 'EISDIR') return 'it is a directory'
  return messageOf(error).replace(/^[A-Z0-9]+: ([^,]+), .*$/s, '$1')
}

/** An error of a file for people: the path, what is wrong with it, and where root could do it that root has to. Other errors say what they say. */
export function fileMessage(error: unknown): string {
  const code = systemErrorCode(error)
  const { path } = error as { readonly path?: unknown }
  if (code === undefined || typeof path !== 'string') return messageOf(error)
  return `${path}: ${systemMessage(error)}${code === 'EACCES' || code === 'EPERM' ? ': run this as root' : ''}`
}
