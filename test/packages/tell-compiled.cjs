// Loaded into a program before its own code: at its end it prints which programs it has loaded by the loader, and whether V8 took the code that was kept of each.
const { writeSync } = require('node:fs')
const { dirname, join } = require('node:path')

process.on('exit', () => {
  const { loaded } = require(join(dirname(process.argv[1]), 'loader.cjs'))
  writeSync(1, JSON.stringify([...loaded].map(([name, { isCompiled }]) => [name, isCompiled])))
})
