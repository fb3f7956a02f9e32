"use strict"

const SECONDS = 20

/** The Store API said no; `status` is its answer, `message` its words for people. */
class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** A function `call(method, path, body)` to the Store API at `base`; `key` tells the publishable key. */
function client(base, key) {
  return async function call(method, path, body) {
    const answer = await fetch(base + path, {
      method,
      headers: { "content-type": "application/json", "x-publishable-api-key": await key() },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(SECONDS * 1000),
    })
    const text = await answer.text()
    let said
    try {
      said = JSON.parse(text)
    } catch {
      throw new Refusal(502, "the Store API gave no JSON")
    }
    if (!answer.ok) throw new Refusal(answer.status, said.message ?? `the Store API answers ${answer.status}`)
    return said
  }
}

module.exports = { client, Refusal }
