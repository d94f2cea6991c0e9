/** Starts the program of `kickback query`, with its code as V8 compiled it when it was built, where this Node takes that. packaging/query.ts fills in its name. */
'use strict'
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const file = join(__dirname, '@PROGRAM@')
const kept = `${file}.${process.version}-${process.arch}`

/** The code that was kept; undefined where none is for this Node. */
function code() {
  try {
    return readFileSync(kept)
  } catch {
    return undefined
  }
}

const script = new Script(`(function (exports, require, module, __filename) {${readFileSync(file, 'utf8')}\n})`, {
  filename: file,
  cachedData: code(),
})

/** The program: whether V8 took the code that was kept; runs; and writes down the code that has been compiled by then. */
exports.program = {
  isCompiled: script.cachedDataRejected === false,
  run() {
    const module = { exports: {} }
    script.runInThisContext()(module.exports, require, module, file)
    const { run, runProgram } = module.exports
    return runProgram({ query: async () => ({ run }) })
  },
  keep() {
    writeFileSync(`${kept}+`, script.createCachedData())
    renameSync(`${kept}+`, kept)
  },
}
if (require.main === module) void exports.program.run()
