import { join } from 'node:path'
import t from 'tap'
import { readTree } from './facts.ts'
import { unintroduced } from './openings.ts'

const root = join(import.meta.dirname, '../..')

t.test('every file begins with a sentence that says what it is', async (t) => {
  const folders = ['src', 'tools', 'packaging', 'test', 'bench'].map((folder) =>
    readTree(root, folder, ['.ts', '.c', '.h']),
  )
  t.same(unintroduced(Object.assign({}, ...folders)), [])
})

t.test('a file that begins with an import, an empty comment or nothing is found', async (t) => {
  const tree = {
    'src/config/a.ts': "/** The words of a line. */\nimport './b.ts'\n",
    'src/nss/a.c': '/**\n * Look-ups.\n */\n#include "a.h"\n',
    'src/config/b.ts': "import './c.ts'\n\n/** A word. */\nexport const word = 1\n",
    'src/config/c.ts': '/** */\nexport {}\n// a word.\n',
    'src/config/d.ts': '',
    'src/config/e.ts': '// A plain comment.\n',
    'src/config/f.ts': '/** words */\nconst a: number = 1.5 /* Not the opening. */\n',
    'test/a.ts': '// What tests share.\n',
    'test/b.ts': "import './a.ts'\n",
    'test/d.ts': "// words\nimport './a.ts'\n",
    'test/c.test.ts': "import './a.ts'\n",
  }
  t.same(
    unintroduced(tree).map((line) => line.replace(/:.*/, '')),
    [
      'src/config/b.ts',
      'src/config/c.ts',
      'src/config/d.ts',
      'src/config/e.ts',
      'src/config/f.ts',
      'test/b.ts',
      'test/d.ts',
    ],
  )
})
