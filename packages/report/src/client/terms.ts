/** Shows the meaning of a term beside it, while the pointer or the keyboard is on it, or the pointer on the meaning. */
const tip = document.getElementById('tip')

function hide(): void {
  if (tip === null) return
  tip.hidden = true
  tip.classList.remove('meaning')
}

function termAt(target: EventTarget | null): HTMLAnchorElement | undefined {
  return (target instanceof Element && target.closest<HTMLAnchorElement>('a.term')) || undefined
}

function show(term: HTMLAnchorElement): void {
  const meaning = document.getElementById(term.getAttribute('aria-describedby') ?? '')?.textContent
  if (tip === null || meaning === undefined || meaning === null) return
  tip.textContent = meaning.trim()
  tip.className = 'meaning'
  tip.hidden = false
  const { left, top, bottom } = term.getBoundingClientRect()
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8
  tip.style.left = `${Math.max(8, Math.min(room, left)) + window.scrollX}px`
  const above = top - tip.offsetHeight - 2
  tip.style.top = `${(above < 4 ? bottom + 2 : above) + window.scrollY}px`
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
    if ((termAt(event.target) !== undefined || event.target === tip) && isLeft(event)) hide()
  })
  document.addEventListener('focusout', ({ target }) => {
    if (termAt(target) !== undefined) hide()
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide()
  })
}
