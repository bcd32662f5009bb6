/**
 * A terminal's screen from what a program wrote to it, with its colours, as HTML: enough of the control sequences for
 * the pictures of this folder, which come from real output.
 */

const columns = 80

/** @typedef {{ character: string, style: string }} Cell */

/** A screen that grows downwards and remembers how every cell is painted. */
export class Screen {
  /** @type {Cell[][]} */
  lines = [[]]
  row = 0
  column = 0
  style = ''
  /** @type {string[]} */
  frames = []

  /** @param {string} text */
  write(text) {
    // oxlint-disable-next-line no-control-regex -- control sequences are what is taken apart
    for (const token of text.match(/\u001b\[[0-9;?]*[A-Za-z]|[\s\S]/gu) ?? []) this.#take(token)
  }

  /** @param {string} token */
  #take(token) {
    if (token.startsWith('\u001b[')) this.#control(token.slice(2, -1), token.at(-1) ?? '')
    else if (token === '\r') this.column = 0
    else if (token === '\n') this.#down()
    else this.#put(token)
  }

  #down() {
    this.row++
    this.column = 0
    this.lines[this.row] ??= []
  }

  /** @param {string} character */
  #put(character) {
    if (this.column >= columns) this.#down()
    const line = this.lines[this.row] ?? []
    while (line.length < this.column) line.push({ character: ' ', style: '' })
    line[this.column++] = { character, style: this.style }
  }

  /** @param {string} argument @param {string} command */
  #control(argument, command) {
    if (command === 'A') this.row = Math.max(0, this.row - Number(argument || 1))
    if (command === 'K' || command === 'J') this.lines[this.row]?.splice(this.column)
    if (command === 'J') {
      this.lines.splice(this.row + 1)
      this.frames.push(this.html())
    }
    if (command === 'm') this.style = argument.split(';').reduce(painted, this.style)
  }

  /** The screen as HTML, without blank lines at its end. */
  html() {
    return this.lines.map(lineHtml).join('\n').trimEnd()
  }
}

const names = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' }

/** @param {string} style @param {string} code */
function painted(style, code) {
  if (code === '0' || code === '') return ''
  if (code === '22') return style.replace(/bold|dim/g, '').trim()
  if (code === '39') return style.replace(/red|green|yellow|cyan/g, '').trim()
  return `${style} ${names[/** @type {keyof typeof names} */ (Number(code))] ?? ''}`.trim()
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>]/g, (each) => `&#${each.charCodeAt(0)};`)
}

/** @param {Cell[]} line */
function lineHtml(line) {
  let html = ''
  for (let i = 0; i < line.length;) {
    let end = i
    while (end < line.length && line[end]?.style === line[i]?.style) end++
    const text = escaped(
      line
        .slice(i, end)
        .map(({ character }) => character)
        .join(''),
    )
    html += line[i]?.style ? `<span class="${line[i]?.style}">${text}</span>` : text
    i = end
  }
  return html.trimEnd()
}

/** A document with the screen in a window. @param {string} screen */
export function windowHtml(screen) {
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: transparent; display: inline-block }
pre { margin: 0; padding: 20px 24px; width: 80ch; background: #14171c; color: #e4e7eb; border-radius: 10px;
  font: 15px/1.165 'DejaVu Sans Mono', monospace; }
.bold { font-weight: 700 } .dim { color: #8d96a3 } .red { color: #ff8a78 } .green { color: #6fd598 }
.yellow { color: #f4c876 } .cyan { color: #6fd3e0 }
</style><pre>${screen}</pre>`
}
