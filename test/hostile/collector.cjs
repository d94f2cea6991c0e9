// Loaded into a daemon before its own code: on SIGUSR2 it collects garbage and writes what is left into the file /run/heap.PID.
const { writeFileSync } = require('node:fs')
const v8 = require('node:v8')
const vm = require('node:vm')
const { isMainThread } = require('node:worker_threads')

if (isMainThread && process.argv[1]?.endsWith('main.js')) {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc')
  process.on('SIGUSR2', () => {
    collect({ type: 'major', flavor: 'last-resort' })
    setTimeout(() => {
      collect({ type: 'major', flavor: 'last-resort' })
      writeFileSync(`/run/heap.${process.pid}`, JSON.stringify(process.memoryUsage()))
    }, 500)
  })
}
