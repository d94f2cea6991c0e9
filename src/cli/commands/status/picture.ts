/** The picture of `kickback status`: its parts in one table, the most important first. */
import type { StatusReport } from '../../../kickback/index.ts'
import { wallClock } from '../../../values/index.ts'
import { entryLines } from '../../terminal/entry.ts'
import { type Screen, toned } from '../../terminal/screen.ts'
import { generationSection, headLine, placeSection, useSection, warningSection } from './common-sections.ts'
import { dhcpSection } from './dhcp-section.ts'
import type { Facts, Section } from './facts.ts'
import { mastersSection, nodeSection, reloadSection } from './master-sections.ts'
import { certificateSection, followingSection, moduleSection } from './node-sections.ts'

/** What is shown of each role, from top to bottom. */
const SECTIONS: { readonly [Role in StatusReport['role']]: readonly Section[] } = {
  master: [
    warningSection,
    generationSection,
    nodeSection,
    reloadSection,
    mastersSection,
    placeSection,
    dhcpSection,
    moduleSection,
    useSection,
  ],
  proxy: [
    warningSection,
    generationSection,
    followingSection,
    certificateSection,
    moduleSection,
    placeSection,
    nodeSection,
    useSection,
  ],
}

/** The picture in lines; `screen` is the terminal that it is for. */
export function statusLines(facts: Facts, screen: Screen | undefined): readonly string[] {
  const entries = SECTIONS[facts.report.role].flatMap((section) => section(facts))
  const isWell = !facts.warnings.some(({ severity }) => severity === 'error')
  const head = toned(headLine(facts), isWell ? 'good' : 'error', screen)
  return [head, ...entries.flatMap((entry) => entryLines(entry, screen))]
}

/** A report in lines without its warnings, which the page shows in a place of their own. */
export function reportText(report: StatusReport): string {
  return statusLines({ report, warnings: [], now: wallClock() / 1000 }, undefined).join('\n')
}
