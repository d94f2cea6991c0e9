/** Tickets of boots: who was sent a script may report with its ticket that the stage is done, once, and not for ever. */

/** A part of what a script has a node load. */
export type BootImage = 'kernel' | 'initrd'

/** What a ticket is given for. */
export interface TicketOrder {
  /** The MAC of the card that boots, as formatMac gives it. */
  readonly mac: string
  /** The stage that the script is for. */
  readonly stage: string
  /** What must have been sent before the report counts; empty where others send it, and nobody here sees it. */
  readonly images: readonly BootImage[]
  /** Whether the installer reports, and not the loader. */
  readonly isInstaller: boolean
  /** Whether the stage moves when it is done. One that does not can be booted for ever. */
  readonly isMoving: boolean
}

/** A ticket. Plain data, as it is kept over a restart. */
export interface Ticket extends TicketOrder {
  /** 32 hexadecimal digits. */
  readonly id: string
  /** When it was given, in seconds since 1970. */
  readonly given: number
  /** What of the images was sent whole. */
  readonly sent: readonly BootImage[]
  /** Whether the report came. */
  readonly isUsed: boolean
}

/** How long a ticket is good, in seconds: to load an image over a busy network, and to install a system. */
export const TICKET_LASTS = { loader: 30 * 60, installer: 6 * 60 * 60 } as const

/** Whether the time of a ticket is over. */
export function isExpired({ given, isInstaller }: Ticket, now: number): boolean {
  return now - given > (isInstaller ? TICKET_LASTS.installer : TICKET_LASTS.loader)
}

/** The ticket with one image more that was sent whole. */
export function withSent(ticket: Ticket, image: BootImage): Ticket {
  return ticket.sent.includes(image) ? ticket : { ...ticket, sent: [...ticket.sent, image] }
}

/** Whether all was sent that must be. */
export function isLoaded({ images, sent }: Ticket): boolean {
  return images.every((image) => sent.includes(image))
}
