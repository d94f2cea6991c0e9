/** Programs where the kernel refuses memory that is executable and no file's. */
import { join } from 'node:path'

/** What a daemon logs there. */
export const REFUSED = 'the kernel refuses the memory in which Node compiles'

/** The words before those of a program which is to run so. */
export function confinedWords(): readonly string[] {
  return ['python3', join(import.meta.dirname, 'without-execmem.py')]
}
