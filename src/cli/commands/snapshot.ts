/** `kickback snapshot`: a snapshot file is verified, or its facts are shown. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Trust } from '../../kickback/index.ts'
import { DATABASES, type DatabaseName, displayed, layout, Snapshot, snapshotOf } from '../../resolver/index.ts'
import { counted, systemMessage } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { entryJson } from '../entry-json.ts'
import { EXIT } from '../synopsis.ts'
import {
  databasesOf,
  type SignatureState,
  type SnapshotFacts,
  signatureState,
  snapshotFacts,
} from './snapshot-facts.ts'

/** `kickback snapshot verify|show FILE`. */
export const run: RunCommand = async (invocation) => {
  const [action, path = ''] = invocation.args
  let file: OpenedFile
  try {
    file = openFile(path)
  } catch (error) {
    return damaged(path, systemMessage(error), invocation.settings.json, invocation.terminal)
  }
  return action === 'show' ? show(file.snapshot, invocation) : verify(path, file, invocation)
}

interface OpenedFile {
  readonly snapshot: Snapshot
  /** The owner's uid. */
  readonly owner: number
  /** The permission bits. */
  readonly mode: number
}

/** Reads through one descriptor, so that owner and mode are those of the bytes that are read. */
function openFile(path: string): OpenedFile {
  const fd = openSync(path, 'r')
  try {
    const { uid, mode } = fstatSync(fd)
    return { snapshot: Snapshot.open(snapshotOf(readFileSync(fd))), owner: uid, mode: mode & 0o7777 }
  } finally {
    closeSync(fd)
  }
}

/** Everything that keeps a file from being believed; empty if it is good. */
function faults(file: OpenedFile, signature: SignatureState, keyGiven: boolean): string[] {
  const { snapshot, owner, mode } = file
  const found: string[] = []
  if ((snapshot.state & layout.STATE_MASK) === layout.STATES.EMPTIED)
    found.push('it was emptied after a newer one was published')
  else if (!snapshot.verifyDigest()) found.push('it is damaged: the digest does not match the bytes')
  if (signature === 'invalid') found.push('the signature is not from this key')
  if (keyGiven && signature === 'absent') found.push('it is not signed')
  if (owner !== 0 && owner !== process.geteuid?.()) found.push(`it belongs to user ${owner}, not to root or you`)
  if ((mode & 0o022) !== 0) found.push(`other users can write it: mode ${mode.toString(8).padStart(4, '0')}`)
  return found
}

async function verify(path: string, file: OpenedFile, { settings, terminal }: Invocation): Promise<number> {
  const trust = settings.key === null ? undefined : await trustIn(settings.key, dirname(path))
  const facts = snapshotFacts(file.snapshot)
  const signature = signatureState(file.snapshot, trust)
  const found = faults(file, signature, trust !== undefined)
  const good = found.length === 0
  if (settings.json) terminal.print(`${JSON.stringify({ file: path, good, faults: found, signature, ...facts })}\n`)
  else if (good) terminal.print(`${path}: good: ${sentence(facts, signature)}\n`)
  else terminal.complain(found.map((fault) => `${path}: ${fault}\n`).join(''))
  return good ? EXIT.DONE : EXIT.FAILED
}

/** What is believed of a key, and of the trust list in this folder. Whoever names no key waits for nothing of the daemons. */
async function trustIn(key: string, folder: string): Promise<Pick<Trust, 'proves'>> {
  const { openPublicKey, readTrust } = await import('../../daemon/index.ts')
  return readTrust(openPublicKey(key), [folder])
}

function damaged(path: string, message: string, json: boolean, terminal: Invocation['terminal']): number {
  if (json) terminal.print(`${JSON.stringify({ file: path, good: false, faults: [message] })}\n`)
  else terminal.complain(`${path}: ${message}\n`)
  return EXIT.FAILED
}

const SIGNATURES: { readonly [State in SignatureState]: string } = {
  valid: 'signed by this key',
  invalid: 'signed by another key',
  absent: 'not signed',
  unchecked: 'signed, not checked (--key FILE checks it)',
}

function sentence(facts: SnapshotFacts, signature: SignatureState): string {
  return `${facts.kind}, generation ${facts.generation}, digest ${facts.digest}, ${counted(facts.size, 'byte')}, ${SIGNATURES[signature]}`
}

/** Prints the facts, then every database's entries as getent prints them. */
function show(snapshot: Snapshot, { settings, terminal }: Invocation): number {
  const facts = snapshotFacts(snapshot)
  if (settings.json) {
    const entries = Object.fromEntries(
      databasesOf(snapshot).map((name) => [name, [...snapshot.entries(name)].map(entryJson)]),
    )
    terminal.print(`${JSON.stringify({ ...facts, inputs: snapshot.inputs, entries })}\n`)
    return EXIT.DONE
  }
  const { kind, generation, digest, size, domain } = facts
  terminal.print(
    `kind ${kind}\ngeneration ${generation}\ndigest ${digest}\nsize ${size}\ndomain ${domain}\n${snapshot.inputs}`,
  )
  for (const name of databasesOf(snapshot)) {
    terminal.print(`\n# ${name}: ${snapshot.count(name)}\n`)
    printEntries(snapshot, name, terminal)
  }
  return EXIT.DONE
}

/** Prints the entries of a database as getent lists them. */
function printEntries<D extends DatabaseName>(snapshot: Snapshot, name: D, terminal: Invocation['terminal']): void {
  const { lines } = DATABASES[name].getent
  for (const entry of snapshot.entries(name)) terminal.print(displayed(lines(entry) ?? ''))
}
