/** The part of node-ipc 14 that raw-mode.ts uses; the package brings no types of its own. */
declare module 'node-ipc' {
  import type { Server, Socket } from 'node:net'

  interface Config {
    rawBuffer: boolean
    silent: boolean
    socketRoot: string
    unlink: boolean
    readableAll: boolean
    writableAll: boolean
    maxConnections: number
    maxRetries: number
    parser: string
    interface: { localPort?: number | false }
  }

  interface Listener {
    server: Server | false
    port: number | string | undefined
    on(event: 'start' | 'error', handler: (detail: unknown) => void): this
    on(event: 'connect', handler: (socket: Socket) => void): this
    on(event: 'data', handler: (data: Buffer, socket: Socket) => void): this
    on(event: 'close', handler: (socket: Socket) => void): this
    emit(socket: Socket, data: Buffer): boolean
    start(): void
    stop(): void
  }

  interface Client {
    socket: Socket
    on(event: 'connect' | 'disconnect', handler: () => void): this
    on(event: 'error', handler: (error: Error) => void): this
    on(event: 'data', handler: (data: Buffer) => void): this
    emit(data: Buffer): boolean
  }

  export class IPCModule {
    config: Config
    server: Listener
    of: { [id: string]: Client | undefined }
    serve(path: string): void
    serveNet(host: string, port: number): void
    connectTo(id: string, path: string): void
    connectToNet(id: string, host: string, port: number): void
    disconnect(id: string): void
  }
}
