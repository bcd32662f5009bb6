/** The one tip of the page: text beside a place, above it where there is room. */
export const tip: HTMLElement | null = document.getElementById('tip')

/** A place on the page, in its own units. */
interface Place {
  readonly left: number
  readonly top: number
  readonly bottom: number
  /** True where the middle of the tip is to be at `left`, and not its beginning. */
  readonly isCentred?: boolean
}

/** Shows markup beside a place. */
export function showTip(markup: string, style: string, { left, top, bottom, isCentred = false }: Place): void {
  if (tip === null) return
  tip.innerHTML = markup
  tip.className = style
  tip.hidden = false
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8 + window.scrollX
  tip.style.left = `${Math.max(8, Math.min(room, isCentred ? left - tip.offsetWidth / 2 : left))}px`
  const above = top - tip.offsetHeight - 2
  tip.style.top = `${above < window.scrollY + 4 ? bottom + 2 : above}px`
}

/** Hides it. */
export function hideTip(): void {
  if (tip !== null) tip.hidden = true
}
