/** Loads programs, each with its code as V8 compiled it when it was built, where this Node takes that. packaging/program.ts fills in their files. */
'use strict'
const { readFileSync, writeFileSync } = require('node:fs')
const { basename, join } = require('node:path')
const { Script } = require('node:vm')

const FILES = JSON.parse('@FILES@')

/** The code that was kept; undefined where none is for this Node. */
function code(kept) {
  try {
    return readFileSync(kept)
  } catch {
    return undefined
  }
}

/** The programs of this thread, by name: whether V8 took the code that was kept; and `keep` writes what has been compiled by now into a folder. */
exports.loaded = new Map()

/** What a program exports. Its path is in the folder of this file, as those of the files beside it are. */
exports.load = (name) => {
  const file = join(__dirname, FILES[name])
  const kept = `${file}.${process.version}-${process.arch}`
  // It is ASCII: V8 holds such a text in one byte a character.
  const text = `(function (exports, require, module, __filename, __dirname) {'use strict';${readFileSync(file, 'latin1')}\n})`
  const script = new Script(text, { filename: file, cachedData: code(kept) })
  exports.loaded.set(name, {
    isCompiled: script.cachedDataRejected === false,
    keep: (folder) => writeFileSync(join(folder, basename(kept)), script.createCachedData()),
  })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, file, __dirname)
  return module.exports
}
