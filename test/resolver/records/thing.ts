/** The structure of no database, with a field of each type, for tests of records. */
import { structure } from '../../../src/resolver/structure.ts'

/** A thing: numbers of all widths, and bytes. */
export const THING = structure('thing', 'A record of the tests.', [
  ['size', 'u32', 'its size'],
  ['signed', 'i32', 'a number'],
  ['narrow', 'u16', 'a number'],
  ['small', 'u8', 'a number'],
  ['spare', 'u8', '0'],
  ['wide', 'u32', 'a number'],
  ['raw', { bytes: 4 }, 'bytes'],
])
