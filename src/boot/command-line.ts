/** A kernel's command line as iPXE takes it, and what in it must not be there. */

/** What iPXE itself reads in a command line, so that the kernel would not get it (iPXE's scripting: settings, `;`-less operators). */
const TAKEN_APART: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/(?:^|\s)(\|\||&&)(?=\s|$)/, 'ends the command there'],
  [/(\$\{)/, 'begins a setting of iPXE'],
  [/(?:^|\s)(;)(?=\s|$)/, 'ends the command there'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for.
  [/([\0-\x08\x0a-\x1f\x7f])/, 'is a control character'],
]

/** The names of parameters whose values are secrets, which every user of the node can read in /proc/cmdline. */
const SECRET =
  /(?:^|[\s"'])([\w.-]*(?:passw(?:or)?d|passwd|passphrase|rootpw|token|secret|apikey|api_key|private_?key|psk)[\w.-]*)=(\S+)/i

/** A value that is the place of a secret, and not the secret: a path or an address. */
const PLACE = /^["']?(?:\/|[a-z][a-z0-9+.-]*:(?:\/|[\w.-]+:))/i

/** The first text that iPXE would take apart, and why; undefined if it hands on the whole line. */
export function takenApart(commandLine: string): { readonly text: string; readonly why: string } | undefined {
  for (const [pattern, why] of TAKEN_APART) {
    const text = pattern.exec(commandLine)?.[1]
    if (text !== undefined) return { text, why }
  }
  return undefined
}

/** The first parameter that seems to hold a secret; undefined if none does. */
export function secretParameter(commandLine: string): string | undefined {
  for (const [, name = '', value = ''] of commandLine.matchAll(new RegExp(SECRET, 'gi'))) {
    if (!PLACE.test(value)) return name
  }
  return undefined
}

/** The name under which the command line expects the initial RAM disk: the last part of its `initrd=`; undefined without one. */
export function initrdName(commandLine: string): string | undefined {
  const [, path] = /(?:^|\s)initrd=(\S+)/.exec(commandLine) ?? []
  return path?.split(/[/\\]/).at(-1) || undefined
}
