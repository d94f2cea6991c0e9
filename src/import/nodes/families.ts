/** Machines whose names differ by a number alone: which of them there are, and which are the compute nodes. */
import { foldCase } from '../../values/index.ts'
import type { Device } from '../machines/inventory.ts'
import { formatOf, formatText, formKey, makes, type NameFormat, type NumberedName, numberedForms } from './numbered.ts'

/** One machine of a family. */
interface Member {
  readonly device: Device
  /** The number in its canonical name. */
  readonly number: number
}

/** Machines with one format of names. */
export interface Family {
  readonly format: NameFormat
  /** Ascending by number; each number once. */
  readonly members: readonly Member[]
}

/** Which machines are compute nodes: those of these formats; or those that a file says are; or, where none does, the largest kind. */
export type NodeChoice = readonly string[] | undefined

/** What is no compute node, though there may be many of it: devices, servers, and second interfaces of machines. */
const NO_NODES =
  /^(?:pdu|ups|sw|switch|leaf|spine|core|router|rtr|gw|gateway|fw|ap|printer|lp|cam|ipmi|bmc|ilo|i?drac|imm|cmc|cmm|con|console|oss|ost|mds|mdt|mgs|nas|nfs|nsd|fs|stor|storage|raid|disk|vm|phone|tv|ws|pc|desktop|laptop|dhcp|host-|cctv|unused|free|spare|reserved)/i
const SECOND_INTERFACE = /^[-_.]?(?:ib|opa|hsn|eth|en|ipmi|bmc|ilo|i?drac|imm|sp|mgmt|mgt|oob|con|pdu|bond)/i

/** Numbers of a family may be this much wider apart than there are machines. */
const SPREAD_MAX = 4
const SPREAD_FREE = 64
/** More families than this are no kind of node. */
const FAMILIES_MAX = 40
/** Fewer machines than this are taken for the nodes of a site only if they are a tenth of its machines: a pair among many is no cluster. */
const NODES_FREE = 8
const MACHINES_EACH = 10

/** All families with a machine that could be a node: it has one address, or one of each family with the same names. */
export function familiesOf(devices: readonly Device[]): Family[] {
  const candidates = devices.filter(canBeNode)
  const counts = new Map<string, number>()
  const forms = candidates.map((device) => numberedForms(device.name ?? ''))
  for (const form of forms.flat()) counts.set(formKey(form), (counts.get(formKey(form)) ?? 0) + 1)
  const groups = new Map<string, { device: Device; form: NumberedName }[]>()
  candidates.forEach((device, index) => {
    const form = bestForm(forms[index] ?? [], counts)
    if (form === undefined) return
    const group = groups.get(formKey(form))
    if (group === undefined) groups.set(formKey(form), [{ device, form }])
    else group.push({ device, form })
  })
  return [...groups.values()].flatMap(familyOf)
}

/** The families that are compute nodes, at a site of so many machines. */
export function nodeFamilies(families: readonly Family[], choice: NodeChoice, machines: number): Family[] {
  if (choice !== undefined) {
    const wanted = new Set(choice.map((text) => foldCase(text.replace(/%[1-5]?N/, '%N'))))
    return families.filter(({ format }) => wanted.has(foldCase(formatText({ ...format, width: 0 }))))
  }
  const told = families.filter(({ members }) => members.some(({ device }) => device.isNode))
  const fitting = families.filter(isLikelyNode)
  const chosen = told.length > 0 ? told : largestKind(fitting, machines)
  return chosen.length > FAMILIES_MAX ? largest(chosen) : chosen
}

function canBeNode({ lines, name }: Device): boolean {
  const [first, second, third] = lines
  if (first === undefined || name === undefined || third !== undefined) return false
  if (second === undefined) return true
  const isSame = first.names.map(foldCase).join(' ') === second.names.map(foldCase).join(' ')
  return isSame && first.address.family !== second.address.family
}

/** The form that most machines share; of equal ones the last number of the name. */
function bestForm(forms: readonly NumberedName[], counts: ReadonlyMap<string, number>): NumberedName | undefined {
  let best: NumberedName | undefined
  for (const form of forms) {
    const isBetter = best === undefined || (counts.get(formKey(form)) ?? 0) > (counts.get(formKey(best)) ?? 0)
    if (isBetter) best = form
  }
  return best
}

function familyOf(group: readonly { readonly device: Device; readonly form: NumberedName }[]): Family[] {
  const format = formatOf(group.map(({ form }) => form))
  if (format === undefined) return []
  const members = group
    .filter(({ form }) => makes(format, form))
    .map(({ device, form }) => ({ device, number: Number(form.digits) }))
    .sort((a, b) => a.number - b.number)
  const [first, last] = [members[0], members.at(-1)]
  if (first === undefined || last === undefined) return []
  const isDense = last.number - first.number < SPREAD_MAX * members.length + SPREAD_FREE
  return isDense ? [{ format, members }] : []
}

function isLikelyNode({ format, members }: Family): boolean {
  return members.length > 1 && !NO_NODES.test(format.prefix) && !SECOND_INTERFACE.test(format.suffix)
}

/** Families whose names differ in their numbers alone (rack 1, rack 2) are one kind; the kind with most machines, the first of equals. */
function largestKind(families: readonly Family[], machines: number): Family[] {
  const kinds = new Map<string, Family[]>()
  for (const family of families) {
    const key = formKey(family.format).replace(/\d+/g, '#')
    const kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, [family])
    else kind.push(family)
  }
  let best: Family[] = []
  for (const kind of kinds.values()) if (sizeOf(kind) > sizeOf(best)) best = kind
  const isFew = sizeOf(best) < NODES_FREE && sizeOf(best) * MACHINES_EACH < machines
  return isFew ? [] : best
}

function largest(families: readonly Family[]): Family[] {
  const kept = new Set([...families].sort((a, b) => b.members.length - a.members.length).slice(0, FAMILIES_MAX))
  return families.filter((family) => kept.has(family))
}

function sizeOf(families: readonly Family[]): number {
  return families.reduce((sum, { members }) => sum + members.length, 0)
}
