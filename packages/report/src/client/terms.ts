/** Shows the meaning of a term beside it, while the pointer or the keyboard is on it, or the pointer on the meaning. */
import { hideTip, tip, showTip } from './tip.js'

function termAt(target: EventTarget | null): HTMLAnchorElement | undefined {
  return (target instanceof Element && target.closest<HTMLAnchorElement>('a.term')) || undefined
}

function show(term: HTMLAnchorElement): void {
  const meaning = document.getElementById(term.getAttribute('aria-describedby') ?? '')
  if (meaning === null) return
  const { left, top, bottom } = term.getBoundingClientRect()
  const [x, y] = [window.scrollX, window.scrollY]
  showTip(meaning.innerHTML.trim(), 'meaning', { left: left + x, top: top + y, bottom: bottom + y })
}

function isLeft({ relatedTarget }: { readonly relatedTarget: EventTarget | null }): boolean {
  return relatedTarget !== tip && termAt(relatedTarget) === undefined
}

/** Listens on the whole page. */
export function explainTerms(): void {
  for (const begin of ['pointerover', 'focusin'] as const) {
    document.addEventListener(begin, ({ target }) => {
      const term = termAt(target)
      if (term !== undefined) show(term)
    })
  }
  document.addEventListener('pointerout', (event) => {
    if ((termAt(event.target) !== undefined || event.target === tip) && isLeft(event)) hideTip()
  })
  document.addEventListener('focusout', ({ target }) => {
    if (termAt(target) !== undefined) hideTip()
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hideTip()
  })
}
