/** The form: an experiment, chosen, typed or from the address, and two backends. */
import presets from 'playground:presets'
import { type BackendName, backends, isBackend } from '../backends.js'
import { decodeShared, encodeShared, type Shared } from '../share.js'
import { ask } from './ask.js'
import { byId, make } from './elements.js'

const preset = byId('preset', HTMLSelectElement)
const text = byId('text', HTMLTextAreaElement)
const found = byId('found', HTMLParagraphElement)
const choices = [byId('first', HTMLSelectElement), byId('second', HTMLSelectElement)] as const

/** The value of an experiment that is no preset any more. */
const OWN = ''

/** Milliseconds without a key before an experiment is looked at. */
const PAUSE = 400

/** Backends at first: one that needs no runtime, and one that needs no more than JavaScript. */
const usual = ['wasm', 'tfjs-cpu'] as const

let looking = new AbortController()

/** The fragment that was taken over last: going back to it undoes no edit. */
let restored = ''

/** Says what was found in the experiment. */
export function tellFound(words: string, isBad: boolean): void {
  found.textContent = words
  found.classList.toggle('wrong', isBad)
  if (isBad) byId('editing', HTMLDetailsElement).open = true
}

/** Looks at the experiment, in a worker; a later look ends an earlier one. */
async function look(): Promise<void> {
  looking.abort()
  looking = new AbortController()
  const { signal } = looking
  try {
    tellFound(await ask({ kind: 'check', text: text.value }, signal), false)
  } catch (error) {
    if (!signal.aborted) tellFound((error as Error).message, true)
  }
}

function showPreset(name: string): void {
  const shown = presets.find((each) => each.name === name)
  byId('about', HTMLParagraphElement).textContent = shown?.description ?? 'An experiment of your own.'
  preset.value = shown?.name ?? OWN
  if (shown === undefined) return
  looking.abort()
  text.value = shown.text
  tellFound('', false)
}

function chosenBackend(select: HTMLSelectElement): BackendName {
  return isBackend(select.value) ? select.value : 'wasm'
}

/** The experiment and the backends of the form. */
export function chosen(): Shared {
  const [first, second] = choices
  return { text: text.value, backends: [chosenBackend(first), chosenBackend(second)] }
}

/** Takes over what the address holds. */
async function restore(): Promise<void> {
  const fragment = location.hash.slice(1)
  // A link within the page has a fragment too.
  if (fragment === '' || fragment === restored || document.querySelector(`[id="${CSS.escape(fragment)}"]`) !== null)
    return
  restored = fragment
  try {
    const shared = await decodeShared(fragment)
    text.value = shared.text
    for (const [i, select] of choices.entries()) select.value = String(shared.backends[i])
    showPreset(presets.find((each) => each.text === shared.text)?.name ?? OWN)
    await look()
  } catch (error) {
    tellFound(
      `The address holds no experiment: ${(error as Error).message.replace(/\.$/, '')}. The form is as it was.`,
      true,
    )
  }
}

/** Puts the form into the address; returns what to tell. */
export async function share(): Promise<string> {
  try {
    restored = await encodeShared(chosen())
    history.replaceState(undefined, '', `#${restored}`)
    await navigator.clipboard.writeText(location.href)
    return 'The address with this experiment is copied.'
  } catch (error) {
    if (error instanceof RangeError) return `It cannot be shared: ${error.message}.`
    return 'The address of this page now has the experiment in it: copy it from above.'
  }
}

/** Fills the form, and listens to it. */
export async function openForm(): Promise<void> {
  preset.append(
    ...presets.map(({ name }) => make('option', { value: name }, name)),
    make('option', { value: OWN }, 'own'),
  )
  for (const [i, select] of choices.entries()) {
    select.append(
      ...Object.entries(backends).map(([name, about]) => make('option', { value: name }, `${name} – ${about}`)),
    )
    select.value = String(usual[i])
  }
  preset.addEventListener('change', () => showPreset(preset.value))
  let pause: ReturnType<typeof setTimeout> | undefined
  text.addEventListener('input', () => {
    showPreset(OWN)
    clearTimeout(pause)
    pause = setTimeout(() => void look(), PAUSE)
  })
  addEventListener('hashchange', () => void restore())
  showPreset(String(presets[0]?.name))
  await restore()
}
