// The page in a browser, over real masters: what it shows, to whom, by keyboard alone, and that nothing from outside runs in it.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import t, { type Test } from 'tap'
import { type Running, Scratch } from '../cli/scratch.ts'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'

const CHROMIUM = '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : 'there is no chromium'
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/**
 * Counts in the page what its policy forbade, and how much its parts moved by themselves. An answer makes room for itself, also where
 * it comes so late that the browser no longer takes the move for one that was asked for: that is after half a second.
 */
const OBSERVED = `
  window.moved = 0
  window.violated = []
  document.addEventListener('securitypolicyviolation', (event) => violated.push(event.violatedDirective))
  let isAsked = false
  const answered = []
  document.addEventListener('submit', () => { isAsked = true }, true)
  new MutationObserver((changes) => {
    if (!isAsked || !changes.some(({ target }) => target.id === 'answers')) return
    isAsked = false
    const drawn = { from: performance.now(), to: Infinity }
    answered.push(drawn)
    requestAnimationFrame(() => requestAnimationFrame((next) => { drawn.to = next }))
  }).observe(document, { childList: true, subtree: true })
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, startTime } of list.getEntries()) {
      const isAnswer = answered.some(({ from, to }) => from <= startTime && startTime < to)
      if (!hadRecentInput && !isAnswer) window.moved += value
    }
  }).observe({ type: 'layout-shift', buffered: true })
`
/** How long an answer of the test takes for which the browser does not wait, in milliseconds. */
const LATE = 700
/** What came of that, and what axe-core says. */
const JUDGED = `axe.run().then(({ violations }) => ({
  violations: violations.map(({ id, nodes }) => id + ': ' + nodes[0]?.html),
  moved,
  violated,
}))`
/** The most bytes that the page may fetch to show all that it knows of 10,000 nodes. */
const BYTES_MAX = 200_000

const TEN = `nodes 10
iprange 10.20.30.100 10.20.30.109
hostrange 10.20.30.4 10.20.30.9
host 00:A0:D1:00:00:01 10.20.30.6 printer # <img src=x onerror=xss=1> "><script>xss=1</script>
`
const TEN_THOUSAND = 'nodes 10000\nnodename n%N\niprange 10.20.0.1 10.20.39.16\n'

/** A master with a page. */
interface Served {
  readonly scratch: Scratch
  readonly daemon: Running
  /** Where the page is, without a token. */
  readonly place: string
}

async function served(t: Test, config: string): Promise<Served> {
  const scratch = new Scratch(t)
  scratch.write('config', config)
  const place = `127.0.0.1:${await freePort()}`
  const daemon = await scratch.serve('--http', place)
  return { scratch, daemon, place: `http://${place}/` }
}

/** A page that was opened, what it fetched, and what went wrong in it. */
interface Opened {
  readonly page: Page
  readonly faults: readonly string[]
  readonly fetched: { bytes: number }
}

interface Look {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

async function opened(t: Test, browser: Browser, address: string, { width = 1200, scheme = 'light' }: Look = {}) {
  const context = await browser.createBrowserContext()
  t.teardown(() => context.close())
  const page = await context.newPage()
  const faults: string[] = []
  const fetched = { bytes: 0 }
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => faults.push(message.text()))
  page.on('response', async (response) => {
    fetched.bytes += (await response.buffer().catch(() => Buffer.alloc(0))).length
  })
  await page.evaluateOnNewDocument(OBSERVED)
  await page.setViewport({ width, height: 900 })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ])
  await page.goto(address)
  await page.waitForSelector('#figures div')
  return { page, faults, fetched } satisfies Opened
}

/** An address that shows names, as root gets it. */
async function addressOf({ scratch }: Served): Promise<string> {
  return (await scratch.ask('status', '--page')).stdout.trim()
}

const textAt = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => (element as unknown as { readonly textContent: string }).textContent)

const isShown = (page: Page, selector: string): Promise<boolean> =>
  page.$eval(selector, (element) => (element as unknown as { readonly offsetParent: unknown }).offsetParent !== null)

/** Waits until an element has this text. */
function says(page: Page, selector: string, text: RegExp): Promise<void> {
  return until(async () => text.test(await textAt(page, selector)), `${selector} says ${text}`)
}

/** Has the answers to what is typed from now on come late, as those of a busy master. */
async function answersLate(page: Page): Promise<void> {
  await page.setRequestInterception(true)
  page.on('request', async (request) => {
    if (request.url().includes('/explain.json')) await setTimeout(LATE)
    await request.continue()
  })
}

/** What axe-core finds wrong, and what the policy and the layout saw. */
async function isWell(t: Test, { page, faults }: Opened, name: string): Promise<void> {
  await page.evaluate(AXE)
  const found = (await page.evaluate(JUDGED)) as { violations: unknown; moved: number; violated: unknown }
  t.same(found.violations, [], `${name}: axe-core`)
  t.same(found.violated, [], `${name}: the policy`)
  t.ok(found.moved < 0.01, `${name}: nothing moves (${found.moved})`)
  t.same(faults, [], `${name}: no error`)
}

t.test('the page in a browser', { skip, timeout: 120_000 }, async (t) => {
  const shots = process.env.KICKBACK_SHOTS ?? folder(t)
  mkdirSync(shots, { recursive: true })
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    userDataDir: folder(t),
  })
  t.teardown(() => browser.close())
  const [ten, many] = await Promise.all([served(t, TEN), served(t, TEN_THOUSAND)])

  await t.test('a stranger sees counts, no name, and how root sees more', async (t) => {
    const open = await opened(t, browser, ten.place)
    const { page } = open
    t.match(await textAt(page, '#figures'), /never\s*10/)
    t.match(await textAt(page, '#locked'), /kickback status --page/)
    t.notOk(await isShown(page, '#map-section'))
    t.notMatch(await textAt(page, 'body'), /printer|n0?1\b|config:/)
    await isWell(t, open, 'stranger')
    await page.screenshot({ path: join(shots, 'stranger.png'), fullPage: true })
  })

  await t.test('light, dark and on a phone, with 10 and with 10,000 nodes', async (t) => {
    for (const [name, on] of Object.entries({ ten, many })) {
      for (const look of [{}, { scheme: 'dark' }, { width: 360 }] as const) {
        const open = await opened(t, browser, await addressOf(on), look)
        const { page, fetched } = open
        await page.waitForSelector('#map canvas')
        const title = `${name} ${Object.values(look).join(' ') || 'light'}`
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        t.ok(Number(wide) <= 0, `${title}: nothing is wider than the screen`)
        await isWell(t, open, title)
        await page.screenshot({ path: join(shots, `${title}.png`), fullPage: true })
        const paint = Number(
          await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0]?.startTime'),
        )
        t.ok(fetched.bytes < BYTES_MAX, `${title}: ${fetched.bytes} bytes, first paint after ${Math.round(paint)} ms`)
      }
    }
  })

  await t.test('by keyboard alone', async (t) => {
    const { page } = await opened(t, browser, await addressOf(ten))
    await page.waitForSelector('#map canvas')
    t.equal(new URL(page.url()).hash, '', 'the token stands nowhere')
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key as 'Tab')
    }
    await press('Tab', 'Enter', 'Tab')
    t.equal(await page.evaluate('document.activeElement.id'), 'key', 'the first link leads to the search')
    await page.keyboard.type('10.20.30.6')
    await press('Enter')
    await says(page, '#answers', /printer[\s\S]*config:4/)
    const back = async (): Promise<boolean> => {
      await page.keyboard.down('Shift')
      await press('Tab')
      await page.keyboard.up('Shift')
      return (await page.evaluate('document.activeElement.id')) === 'map'
    }
    await until(back, 'the map is reached')
    await press('Home', 'ArrowRight', 'ArrowRight', 'ArrowRight')
    await says(page, '#map-here', /^Node 3: never$/)
    await press('End')
    await says(page, '#map-here', /^Node 9: never$/)
    await press('Enter')
    await says(page, '#answers', /is node 9/)
  })

  await t.test('what a message has in backticks is shown as code, and nothing of it is read as HTML', async (t) => {
    const { page } = await opened(t, browser, ten.place)
    const shown = (message: string) =>
      page.evaluate(
        `import('/elements.js').then(({ made, told }) => made('p', '', ...told(${JSON.stringify(message)})).innerHTML)`,
      )
    t.equal(
      await shown('run `kickback reload`, or `<b>`'),
      'run <code>kickback reload</code>, or <code>&lt;b&gt;</code>',
    )
    t.equal(await shown('one ` alone'), 'one ` alone')
  })

  await t.test('nothing from outside runs or becomes an element', async (t) => {
    const hostile = '<img src=x onerror=xss=1><script>xss=1</script>'
    ten.scratch.append('passwd', `mallory:x:1999:1999:${hostile.replaceAll(':', '')}:/:/bin/sh\n`)
    t.match(await ten.scratch.ask('reload'), { code: 0 })
    ten.scratch.append('config', `host ${hostile} 10.20.30.7 ${hostile}\n`)
    t.match(await ten.scratch.ask('reload'), { code: 1 })
    const open = await opened(t, browser, await addressOf(ten))
    const { page } = open
    await says(page, '#reloads', /refused[\s\S]*config:5/)
    for (const typed of ['printer', 'mallory', hostile, '"><svg onload=xss=1>', "';xss=1//", '\u202eevil']) {
      await page.evaluate(`document.getElementById('key').value = ''`)
      await page.type('#key', typed)
      const before = await textAt(page, '#answers')
      await page.keyboard.press('Enter')
      await until(async () => (await textAt(page, '#answers')) !== before, typed)
    }
    await answersLate(page)
    await page.evaluate(`document.getElementById('key').value = 'printer'`)
    await page.focus('#key')
    await page.keyboard.press('Enter')
    await says(page, '#answers', /<img src=x onerror/)
    const alien = 'img, main script, #answers svg, iframe, object, embed, base'
    t.equal(await page.$$eval(alien, (all) => all.length), 0)
    t.equal(await page.evaluate('typeof xss'), 'undefined')
    await isWell(t, open, 'hostile')
    for (const path of [`?${hostile}`, `?typed=${hostile}`, `#${hostile}`, `#${'0'.repeat(64)}`]) {
      const other = await opened(t, browser, `${ten.place}${path}`)
      t.equal(await other.page.evaluate('typeof xss'), 'undefined', path)
      t.ok(await isShown(other.page, '#locked'))
    }
  })

  await t.test('a token is good once, and a page whose session has ended says so', async (t) => {
    const address = await addressOf(many)
    const { page } = await opened(t, browser, address)
    await page.waitForSelector('#map canvas')
    await page.reload()
    await page.waitForSelector('#map canvas', { visible: true })
    const again = await opened(t, browser, address)
    await says(again.page, '#locked-why', /used already/)
    await page.bringToFront()
    const { http_process: http } = JSON.parse((await many.scratch.ask('status', '--json')).stdout)
    process.kill(http.pid, 'SIGKILL')
    await many.daemon.logged('the HTTP process answers again')
    await says(page, '#locked-why', /The session has ended/)
    t.notOk(await isShown(page, '#map-section'))
    t.notOk(many.daemon.stderr.includes(new URL(address).hash.slice(1)), 'no log has the token')
  })
})
