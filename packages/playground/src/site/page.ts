/** The entry of the page: trains what its form says on two backends, and shows the verdict. It exports nothing. */
import type { RunRecord } from '@isograd/core'
import type { BackendName } from '../backends.js'
import type { Answers, ArmVerdict } from '../messages.js'
import { ask, Failure } from './ask.js'
import { Column } from './column.js'
import { byId, make, save } from './elements.js'
import { chosen, openForm, share, tellFound } from './form.js'

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement)
const [trainButton, stopButton, recordButton, reportButton] = [
  button('train'),
  button('stop'),
  button('record'),
  button('report'),
]
const verdicts = byId('verdicts', HTMLUListElement)

/** Threads of a backend, beside the other. */
const threads = crossOriginIsolated ? Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)) : 1

/** The training under way. */
let training = new AbortController()
/** The document of the runs that were compared last. */
let runs = ''

function say(words: string): void {
  byId('status', HTMLParagraphElement).textContent = words
}

/** Names the experiment of a verdict: the form may have another by then. */
function title(words: string): void {
  byId('verdict-title', HTMLHeadingElement).textContent = words
}

/** Switches buttons, and leaves the focus on one that can be pressed. */
function setBusy(isBusy: boolean): void {
  const had = document.activeElement
  trainButton.disabled = isBusy
  stopButton.disabled = !isBusy
  for (const each of [recordButton, reportButton]) each.disabled = isBusy || runs === ''
  if (had === trainButton && isBusy) stopButton.focus()
  if (had === stopButton && !isBusy) trainButton.focus()
}

const badges = { agree: 'good', inconclusive: 'open', disagree: 'bad', diverged: 'bad' } as const

function verdictItem({ arm, verdict, sentence }: ArmVerdict): HTMLElement {
  const badge = make('span', { className: `badge ${badges[verdict]}` }, verdict)
  return make('li', {}, badge, ' ', make('strong', {}, make('bdi', {}, arm)), `: ${sentence}`)
}

function showVerdict({ verdicts: all, document: text }: Answers['judge'], names: readonly BackendName[]): void {
  runs = text
  verdicts.replaceChildren(...all.map(verdictItem))
  const words = all.map(({ arm, verdict }) => `${arm}: ${names.join(' and ')} ${verdictWords[verdict]}`)
  const [run] = (JSON.parse(text) as { readonly runs: readonly { readonly preset: string }[] }).runs
  title(`Verdict on ${run?.preset}`)
  say(`${words.join('; ')}.`)
}

const verdictWords = {
  agree: 'agree',
  disagree: 'disagree',
  inconclusive: 'are inconclusive',
  diverged: 'have diverged',
} as const

/** Trains on one backend in its column. @throws Failure, which the column has told */
async function trainIn(column: Column, backend: BackendName, text: string): Promise<readonly RunRecord[]> {
  try {
    return await ask({ kind: 'train', text, backend, threads }, training.signal, (progress) => column.show(progress))
  } catch (error) {
    column.end((error as Error).message)
    throw error
  }
}

/** Trains on both, and compares. @throws Failure */
async function trainBoth(): Promise<void> {
  const { text, backends } = chosen()
  if (backends[0] === backends[1]) throw new Failure('choose two backends: one always agrees with itself')
  say(`Training on ${backends.join(' and ')}.`)
  const columns = backends.map((name) => ({ name, column: new Column(name) }))
  byId('columns', HTMLDivElement).replaceChildren(...columns.map(({ column }) => column.element))
  const ended = await Promise.allSettled(columns.map(({ name, column }) => trainIn(column, name, text)))
  const failed = ended.find((each) => each.status === 'rejected')
  const records = ended.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  await keep(text, records)
  if (failed !== undefined) throw failed.reason
  say('Comparing. Where rounding has to be measured, that takes up to half a minute an arm.')
  showVerdict(await ask({ kind: 'judge', text, records, compares: true }, training.signal), backends)
}

/** Keeps what was trained, to be saved whether it is compared or not. */
async function keep(text: string, records: readonly RunRecord[]): Promise<void> {
  if (records.length === 0) return
  const { signal } = new AbortController()
  const kept = await ask({ kind: 'judge', text, records, compares: false }, signal)
  runs = kept.document
}

async function start(): Promise<void> {
  training = new AbortController()
  runs = ''
  title('Verdict')
  verdicts.replaceChildren()
  tellFound('', false)
  setBusy(true)
  try {
    await trainBoth()
  } catch (error) {
    const rest = runs === '' ? '' : '; what was trained can be saved'
    say(`Nothing was compared: ${(error as Error).message}${rest}`)
  }
  setBusy(false)
}

async function saveReport(): Promise<void> {
  say('Making the page of charts.')
  try {
    save('isograd-report.html', await ask({ kind: 'report', text: runs }, new AbortController().signal), 'text/html')
    say('The page of charts is saved.')
  } catch (error) {
    say(`No page of charts: ${(error as Error).message}`)
  }
}

/** Keeps the page's files in the browser, and says so when it has them. */
async function keepOffline(): Promise<void> {
  const kept = byId('offline', HTMLParagraphElement)
  try {
    await navigator.serviceWorker.register('sw.js')
    await navigator.serviceWorker.ready
    kept.textContent = 'This browser has kept the page: it works without a connection.'
  } catch {
    kept.textContent = 'This browser does not keep the page for use without a connection.'
  }
}

byId('experiment', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void start()
})
stopButton.addEventListener('click', () => training.abort(new Failure('it was stopped')))
button('share').addEventListener('click', () => void share().then(say))
recordButton.addEventListener('click', () => save('isograd-runs.json', runs, 'application/json'))
reportButton.addEventListener('click', () => void saveReport())

byId('threads', HTMLParagraphElement).textContent = crossOriginIsolated
  ? `Each backend may use ${threads} of the ${navigator.hardwareConcurrency} threads that this machine shows.`
  : 'Each backend has one thread: this server does not isolate the page, so that memory cannot be shared.'
await openForm()
await keepOffline()
