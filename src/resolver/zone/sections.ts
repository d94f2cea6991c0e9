/** The sections of a snapshot that zones are made from, and that tell who may ask of them: all that DNS reads. */
import { DOMAIN, PATTERNS, RANGES, SECTIONS, SETTINGS } from '../layout.ts'

/** Their ids. */
export const ZONE_SECTIONS: ReadonlySet<number> = new Set(
  [DOMAIN, PATTERNS, RANGES, SETTINGS, ...SECTIONS.filter(({ database }) => database === 'hosts')].map(({ id }) => id),
)
