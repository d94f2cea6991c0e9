// A process that takes the lock of a machine's set-up, says so, and gives it back when its standard input ends; with a third argument, once
// another process waits for it.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { lockSetup } from '../../src/setup/lock.ts'
import { Machine } from '../../src/setup/machine.ts'

const [root = '', file = '', untilWanted] = process.argv.slice(2)
const waiting = (sentence: string): void => void process.stdout.write(`${sentence}\n`)
const release = lockSetup({ machine: new Machine(root), file, waiting })
process.stdout.write('locked\n')
if (untilWanted === undefined) readFileSync(0)
else while (!isWanted(statSync(join(root, file, '../.kickback.lock')).ino)) pause()
release()

/** Whether a process waits for a lock of this file (proc_locks(5)). */
function isWanted(inode: number): boolean {
  const line = new RegExp(`-> FLOCK .*:${inode} `)
  return line.test(readFileSync('/proc/locks', 'latin1'))
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}
