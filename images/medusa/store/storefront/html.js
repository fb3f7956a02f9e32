"use strict"

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Text that is HTML already; only `html` makes it. */
class Safe {
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

function shown(value) {
  if (value instanceof Safe) return value.text
  if (Array.isArray(value)) return value.map(shown).join("")
  if (value === null || value === undefined || value === false) return ""
  return String(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign])
}

/** A template tag: every value is escaped unless it is itself the work of this tag; lists are joined. */
function html(strings, ...values) {
  return new Safe(strings.reduce((text, part, index) => text + shown(values[index - 1]) + part))
}

module.exports = { html, Safe }
