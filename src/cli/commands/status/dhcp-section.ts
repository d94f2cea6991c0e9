/** How DHCP stands, as a part of the picture of a master. */
import type { DhcpReport } from '../../../kickback/index.ts'
import { counted } from '../../../values/index.ts'
import { agoText } from './common-sections.ts'
import type { Section } from './facts.ts'

/** dnsmasq, what it gives, and what it sees. */
export const dhcpSection: Section = ({ report: { dhcp }, now }) => {
  if (dhcp === undefined) return []
  const { machines, given, strangers, trouble, beside, foreign } = dhcp
  const unknown = strangers === 0 ? [] : [`${counted(strangers, 'unknown machine')} asked (kickback nodes --unknown)`]
  const use = [`${counted(machines, 'MAC')} with an address`, `${counted(given, 'lease')} given or renewed`, ...unknown]
  const servers = foreign.map(({ server, interface: name, time }) => `${server} on ${name} at ${timeText(time, now)}`)
  const allowed = beside ? ', which boot.beside allows' : ''
  return [
    { label: 'DHCP', text: `${processText(dhcp, now)}; ${use.join(', ')}` },
    ...(trouble === undefined
      ? []
      : [{ label: 'DHCP trouble', text: `${timeText(trouble.time, now)}: ${trouble.text}` }]),
    ...servers.map((text) => ({ label: 'other DHCP', text: `${text}${allowed}` })),
  ]
}

/** Whether dnsmasq runs, since when, and how often it was started again. */
function processText({ by, pid, since, restarts, reason }: DhcpReport, now: number): string {
  const who = by === 'unit' ? 'the dnsmasq of kickback-dhcp.service' : 'dnsmasq'
  const when = since === undefined ? '' : ` since ${timeText(since, now)}`
  const again = restarts === 0 ? '' : `, started again ${counted(restarts, 'time')}`
  if (reason !== undefined) return `${who} does not run${when}${again}`
  return pid === 0 ? `${who} is being started${again}` : `${who} runs as process ${pid}${when}${again}`
}

function timeText(time: number, now: number): string {
  return `${new Date(time * 1000).toISOString()}${agoText(time, now)}`
}
