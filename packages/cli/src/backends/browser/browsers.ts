/** Browsers that are installed: where they are found, and how they are started without a window, with a profile of their own. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { PROFILE } from './keeper-messages.js'
import type { BrowserName } from './name.js'

/** A kind of browsers. */
interface Family {
  /** Words of the command before the address; `PROFILE` in them stands for the directory of the profile. */
  readonly words: () => readonly string[]
  /** Files to write to the profile, with their text. */
  readonly files?: Readonly<Record<string, string>>
}

/** A browser that is to be started. */
export interface FoundBrowser extends Family {
  readonly program: string
}

/** Environment variables: the program of the browser, and `software` for GPUs that the processor plays. */
const [PROGRAM, GPU] = ['ISOGRAD_BROWSER', 'ISOGRAD_BROWSER_GPU'] as const

/** None of what a browser does on its own account, and no rest for a page that nobody sees. */
const QUIET = [
  '--headless',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--password-store=basic',
]

/** WebGL and WebGPU on the processor, by SwiftShader. */
const SOFTWARE = ['--use-webgpu-adapter=swiftshader', '--use-gl=angle', '--use-angle=swiftshader-webgl']

/** True where the system shows a GPU. Elsewhere than on Linux there is one. */
function hasGpu(): boolean {
  if (process.platform !== 'linux') return true
  const drawn = existsSync('/dev/dri') ? readdirSync('/dev/dri') : []
  return drawn.some((name) => name.startsWith('render')) || existsSync('/dev/nvidia0') || existsSync('/dev/dxg')
}

const chromiumFamily: Family = {
  words: () => [
    ...QUIET,
    // Its sandbox refuses to start for root, as whom containers run.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--enable-unsafe-webgpu',
    ...(process.env[GPU] === 'software' || !hasGpu() ? SOFTWARE : []),
    `--user-data-dir=${PROFILE}`,
  ],
}

/** Settings of Firefox that pages need, and none of its first pages. */
const firefoxSettings: Readonly<Record<string, unknown>> = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.enabled': false,
  'dom.webgpu.enabled': true,
}

const firefoxFamily: Family = {
  words: () => ['--headless', '--no-remote', '--profile', PROFILE],
  files: {
    'user.js': Object.entries(firefoxSettings)
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
      .join(''),
  },
}

/** Names of a browser's programs, on the PATH or where installers put them. */
interface Listed {
  readonly title: string
  readonly family: Family
  readonly programs: readonly string[]
}

const windows = (path: string): string[] =>
  [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']].flatMap((directory) =>
    directory === undefined ? [] : [join(directory, path)],
  )

const chrome: Listed = {
  title: 'Chrome',
  family: chromiumFamily,
  programs: [
    'google-chrome',
    'google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...windows('Google/Chrome/Application/chrome.exe'),
  ],
}

const edge: Listed = {
  title: 'Edge',
  family: chromiumFamily,
  programs: [
    'microsoft-edge',
    'microsoft-edge-stable',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ...windows('Microsoft/Edge/Application/msedge.exe'),
  ],
}

const browsers: Readonly<Record<BrowserName, Listed>> = {
  // Any of the family will do where Chromium itself is not there; the record says which one it was.
  chromium: {
    title: 'Chromium, Chrome or Edge',
    family: chromiumFamily,
    programs: [
      'chromium',
      'chromium-browser',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      ...chrome.programs,
      ...edge.programs,
    ],
  },
  chrome,
  edge,
  firefox: {
    title: 'Firefox',
    family: firefoxFamily,
    programs: [
      'firefox',
      'firefox-esr',
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      ...windows('Mozilla Firefox/firefox.exe'),
    ],
  },
}

function onPath(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  return [name, ...directories.map((directory) => join(directory, name))].find(
    (path) => isAbsolute(path) && existsSync(path),
  )
}

/** The browser of a name, as it is installed, or what to do about its absence. */
export function findBrowser(name: BrowserName): FoundBrowser | { readonly reason: string; readonly cure: string } {
  const { title, family, programs } = browsers[name]
  const set = process.env[PROGRAM]
  if (set !== undefined && !existsSync(set)) {
    return { reason: `${PROGRAM} names ${set}, which does not exist`, cure: `set it to the program of ${title}` }
  }
  const program = set ?? programs.map(onPath).find((path) => path !== undefined)
  if (program !== undefined) return { ...family, program }
  const cure = `install it, or set ${PROGRAM} to its program`
  return { reason: `${title} is not installed, or not where it is looked for`, cure }
}
