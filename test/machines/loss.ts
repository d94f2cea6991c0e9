/** Packets that are lost on their way, by nftables: tc netem is not in every kernel. */

/** The rules for `nft -f -` by which a network namespace drops this share of its packets, both ways, but those of loopback. 0: none. */
export function lossRules(share: number): string {
  const lost = share < 1 ? `numgen random mod 1000 < ${Math.round(share * 1000)} drop` : 'drop'
  const chain = (hook: string, side: string): string =>
    `  chain ${hook} {\n    type filter hook ${hook} priority -300\n    ${side} != "lo" ${lost}\n  }\n`
  const chains = share === 0 ? '' : `${chain('input', 'iifname')}${chain('output', 'oifname')}`
  return `add table inet loss\ndelete table inet loss\ntable inet loss {\n${chains}}\n`
}
