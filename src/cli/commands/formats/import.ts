/** `kickback import`: files of other programs become a configuration. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { formatDiagnostic, pictured } from '../../../config/index.ts'
import { readPipe, unreadableSource } from '../../../daemon/index.ts'
import { ImportError, type ImportedFile, type ImportFormat, importFiles, type Written } from '../../../import/index.ts'
import { counted, createWhole, messageOf } from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { EXIT } from '../../synopsis.ts'

/** The mode of a configuration: it has no secrets. */
const MODE = 0o644

/** `kickback import FORMAT FILE...`. */
export const run: RunCommand = async (invocation) => {
  const { settings, args, terminal } = invocation
  const [format, ...paths] = args as [ImportFormat, ...string[]]
  const files = await readFiles(paths, invocation)
  const hosts = await readFiles(settings.hostsFiles, invocation)
  if (files === undefined || hosts === undefined) return EXIT.FAILED
  try {
    const nodeNames = settings.nodeNames.length === 0 ? undefined : settings.nodeNames.filter((name) => name !== 'none')
    const written = await importFiles(format, files, { domain: settings.domain, hosts, nodeNames })
    if (settings.output === null) {
      terminal.print(written.text)
      return EXIT.DONE
    }
    const fault = await make(settings.output, written.text)
    if (fault !== undefined) {
      terminal.complain(`kickback: ${pictured(fault)}\n`)
      return EXIT.FAILED
    }
    terminal.print(summary(settings.output, written))
    return EXIT.DONE
  } catch (error) {
    if (!(error instanceof ImportError)) throw error
    const { file, line } = error.place
    terminal.complain(`${pictured(`${file}:${line}: error: ${messageOf(error)}`)}\n`)
    return EXIT.FAILED
  }
}

/** What was written, for people. */
function summary(path: string, { nodes, hosts, remarks }: Written): string {
  const machines = `${pictured(path)} has ${counted(nodes, 'node')} and ${counted(hosts, 'host')}\n`
  const left = remarks.length
  return left === 0 ? machines : `${machines}not carried over: ${counted(left, 'thing')}, see the comments at its end\n`
}

/** Makes a file that was not there; why it could not be made, for people. */
async function make(path: string, text: string): Promise<string | undefined> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`)
  try {
    const isMade = await createWhole(path, () => [Buffer.from(text)], { mode: MODE, draft })
    return isMade ? undefined : `${path} is there already, and is not changed`
  } catch (error) {
    if (!existsSync(dirname(path))) return `there is no folder ${dirname(path)}: make it, and run this again`
    return `can't write ${path}: ${messageOf(error)}`
  }
}

/** The files; undefined, and told, if one cannot be read. */
async function readFiles(
  paths: readonly string[],
  { terminal }: Invocation,
): Promise<readonly ImportedFile[] | undefined> {
  const files: ImportedFile[] = []
  for (const path of paths) {
    const file = await readPipe(path)
    if (file.state !== 'read') {
      terminal.complain(`${formatDiagnostic(unreadableSource(file))}\n`)
      return undefined
    }
    files.push({ path, bytes: file.bytes })
  }
  return files
}
