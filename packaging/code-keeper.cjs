/** Loaded into a master, its processes and its threads before their own code: at its end each writes what V8 has compiled of its program into the folder KEPT_CODE. */
'use strict'
const processes = require('node:child_process')
const { syncBuiltinESMExports } = require('node:module')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { isMainThread } = require('node:worker_threads')

const { KEPT_CODE, KEPT_PROGRAMS, NODE_OPTIONS } = process.env

// Or what runs once at the start would be forgotten before the end.
setFlagsFromString('--no-flush-bytecode')

process.on('exit', () => {
  const { loaded } = require(join(KEPT_PROGRAMS, 'loader.cjs'))
  // V8 takes code only under the flags under which it was kept. A process loads its program before it sets one, and a thread when its process has.
  setFlagsFromString('--flush-bytecode')
  if (isMainThread) setFlagsFromString('--memory-reducer')
  for (const { keep } of loaded.values()) keep(KEPT_CODE)
  if (!isMainThread) setFlagsFromString('--no-flush-bytecode')
})

// Such a process gets an environment of its own.
const { spawn } = processes
processes.spawn = (command, args, options) =>
  spawn(command, args, { ...options, env: { ...options.env, KEPT_CODE, KEPT_PROGRAMS, NODE_OPTIONS } })
syncBuiltinESMExports()
