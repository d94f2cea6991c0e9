// Loaded into a daemon and its processes before their own code: on SIGUSR2 it collects garbage and writes what is left into the file
// /run/heap.PID, which has to be there: they can make none.
const processes = require('node:child_process')
const { writeFileSync } = require('node:fs')
const v8 = require('node:v8')
const vm = require('node:vm')
const { syncBuiltinESMExports } = require('node:module')
const { isMainThread } = require('node:worker_threads')

if (isMainThread && /\/(?:main|front)\.js$/.test(process.argv[1] ?? '')) {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc')
  process.on('SIGUSR2', () => {
    collect({ type: 'major', flavor: 'last-resort' })
    setTimeout(() => {
      collect({ type: 'major', flavor: 'last-resort' })
      writeFileSync(`/run/heap.${process.pid}`, JSON.stringify(process.memoryUsage()))
    }, 500)
  })

  // Such a process gets an environment of its own.
  const { spawn } = processes
  processes.spawn = (command, args, options) => {
    const { NODE_OPTIONS } = process.env
    const isFront = args.some((word) => word.endsWith('/front.js'))
    return spawn(command, args, isFront ? { ...options, env: { ...options.env, NODE_OPTIONS } } : options)
  }
  syncBuiltinESMExports()
}
