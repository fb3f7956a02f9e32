"use strict"
// Requests of the storefront to pages; everything else is Medusa's.
const { readFileSync } = require("node:fs")
const { join } = require("node:path")
const { commerce } = require("./commerce")
const pages = require("./pages")

const COOKIE = "cart"
const CART_SECONDS = 30 * 24 * 3600
const LARGEST_FORM = 16 * 1024
const FILE = /^\/(?:pictures\/([a-z0-9-]+\.svg)|assets\/(style\.css|icon\.svg))$/
const TYPES = { svg: "image/svg+xml", css: "text/css; charset=utf-8" }
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; img-src 'self' https: data:; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
}

/** Something to tell the visitor, with the status of the answer. */
class Told extends Error {
  constructor(status, heading, text) {
    super(text)
    Object.assign(this, { status, heading })
  }
}

const missing = () => new Told(404, "Not found", "There is no such page in this shop.")

/** The cart's id in a Cookie header, or "". */
function cartOf(request) {
  const found = /(?:^|;\s*)cart=([A-Za-z0-9_]+)/.exec(request.headers.cookie ?? "")
  return found ? found[1] : ""
}

/** The fields of a posted form; refuses one from another site, and a large one. */
async function form(request, origin) {
  const from = request.headers.origin
  if (from && from !== "null" && from !== origin) throw new Told(403, "Refused", "This form is not of this shop.")
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > LARGEST_FORM) throw new Told(413, "Too long", "The form holds more than this shop reads.")
    chunks.push(chunk)
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8")))
}

function quantityOf(text) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > pages.MOST_OF_ONE) {
    throw new Told(400, "Not a quantity", `Choose a quantity up to ${pages.MOST_OF_ONE}.`)
  }
  return number
}

/**
 * An Express handler. `api(method, path, body)` is the Store API, `shop()` tells {title},
 * `origin` is the shop's public URL and `secure` whether it has TLS.
 */
function storefront({ api, shop, secure, origin }) {
  const store = commerce(api)
  const asked = { GET: new Map(), POST: new Map() }

  const cookie = (cartId, seconds) =>
    `${COOKIE}=${cartId}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`
  const moved = (location, cookies = []) => ({ status: 303, location, cookies })
  const count = (open) => open?.items?.reduce((sum, item) => sum + item.quantity, 0) ?? 0

  asked.GET.set(/^\/$/, async (request, url) => {
    const offset = Math.max(0, Math.trunc(Number(url.searchParams.get("from")) || 0))
    const [listed, open] = await Promise.all([store.list(offset), store.cart(cartOf(request))])
    return { main: pages.catalogue(listed), count: count(open) }
  })
  // For probes: the shop page answers and lists a product. One whose owner sells nothing is well too.
  asked.GET.set(/^\/health\/shop$/, async () => {
    const [{ products }, { sells }] = await Promise.all([store.list(), shop()])
    if (sells && !products.length) throw new Told(503, "Not ready", "No product is listed.")
    return { main: pages.problem("Ready", "This shop sells.") }
  })
  asked.GET.set(/^\/products\/([^/]+)$/, async (request, _, handle) => {
    const [item, open] = await Promise.all([store.product(handle), store.cart(cartOf(request))])
    if (!item) throw missing()
    return { title: item.title, main: pages.product(item), count: count(open) }
  })
  asked.GET.set(/^\/cart$/, async (request) => {
    const open = await store.cart(cartOf(request))
    return { title: "Cart", main: pages.cart(open), count: count(open) }
  })
  asked.POST.set(/^\/cart$/, async (request) => {
    const given = await form(request, origin)
    const quantity = quantityOf(given.quantity)
    if (!given.variant || quantity < 1) throw new Told(400, "Nothing chosen", "Choose a product and a quantity.")
    const cartId = await store.add(cartOf(request), given.variant, quantity)
    return moved("/cart", [cookie(cartId, CART_SECONDS)])
  })
  asked.POST.set(/^\/cart\/lines$/, async (request) => {
    const given = await form(request, origin)
    const open = await store.cart(cartOf(request))
    const line = open?.items.find((item) => item.id === given.line)
    if (line) await store.change(open.id, line.id, given.remove ? 0 : quantityOf(given.quantity))
    return moved("/cart")
  })
  asked.GET.set(/^\/checkout$/, async (request) => {
    const open = await store.cart(cartOf(request))
    if (!open?.items.length) return moved("/cart")
    const options = await store.shippingOptions(open.id)
    return { title: "Checkout", main: pages.checkout({ open, options }), count: count(open) }
  })
  asked.POST.set(/^\/checkout$/, async (request) => {
    const given = await form(request, origin)
    const open = await store.cart(cartOf(request))
    if (!open?.items.length) return moved("/cart")
    try {
      const order = await store.buy(open.id, buyer(given))
      return moved(`/orders/${order}`, [cookie("", 0)])
    } catch (error) {
      if (!error.status || error.status >= 500) throw error
      const options = await store.shippingOptions(open.id)
      const main = pages.checkout({ open, options, given, problem: error.message })
      return { status: 400, title: "Checkout", main, count: count(open) }
    }
  })
  asked.GET.set(/^\/orders\/(order_[A-Za-z0-9]+)$/, async (_, __, id) => {
    const order = await store.order(id)
    if (!order) throw missing()
    return { title: "Thank you", main: pages.confirmation(order) }
  })

  /** The first route that fits, as [handler, ...parts of the path]. */
  function route(method, path) {
    for (const [pattern, handler] of asked[method] ?? []) {
      const found = pattern.exec(path)
      if (found) return [handler, ...found.slice(1).map(decoded)]
    }
    return null
  }

  function decoded(part) {
    try {
      return decodeURIComponent(part)
    } catch {
      throw missing()
    }
  }

  async function send(response, answer) {
    response.writeHead(answer.status ?? 200, {
      ...HEADERS,
      "cache-control": "no-store",
      ...(answer.cookies?.length ? { "set-cookie": answer.cookies } : {}),
      ...(answer.location ? { location: answer.location } : { "content-type": "text/html; charset=utf-8" }),
    })
    response.end(answer.location ? "" : pages.page({ shop: await shop(), ...answer }))
  }

  return async function handle(request, response, next) {
    const method = request.method === "HEAD" ? "GET" : request.method
    const url = new URL(request.url, "http://shop")
    // Who came without TLS to a shop that has it would never send its cookies back. The ingress controller says so;
    // probes come without this header.
    if (secure && request.headers["x-forwarded-proto"] === "http") {
      const status = method === "GET" ? 301 : 308
      return response.writeHead(status, { location: origin + url.pathname + url.search }).end()
    }
    const file = method === "GET" && FILE.exec(url.pathname)
    if (file) return sendFile(response, file)
    try {
      const found = route(method, url.pathname)
      if (!found) return next()
      const [handler, ...parts] = found
      await send(response, await handler(request, url, ...parts))
    } catch (error) {
      if (response.headersSent) return response.destroy()
      const { status, heading, text } = told(error)
      if (status >= 500 && !(error instanceof Told)) console.error(error)
      await send(response, { status, title: heading, main: pages.problem(heading, text) }).catch(() => response.destroy())
    }
  }
}

/** Status and words for an error; the Store API's own words where it refused, never a stack. */
function told(error) {
  if (error instanceof Told) return { status: error.status, heading: error.heading, text: error.message }
  if (error.status >= 400 && error.status < 500) return { status: 400, heading: "That did not work", text: error.message }
  return { status: 503, heading: "Closed for a moment", text: "The shop does not answer; try again in a minute." }
}

function buyer(given) {
  const text = Object.fromEntries(pages.FIELDS.map(([key]) => [key, (given[key] ?? "").trim()]))
  const empty = pages.FIELDS.find(([key]) => !text[key] || text[key].length > 120)
  if (empty) throw new Told(400, "Checkout", `Please fill in: ${empty[1]}.`)
  const { email, ...address } = text
  return { email, shipping: given.shipping, address: { ...address, country_code: given.country_code } }
}

function sendFile(response, [, picture, asset]) {
  const folder = picture ? "pictures" : "assets"
  const name = picture ?? asset
  let content
  try {
    content = readFileSync(join(__dirname, folder, name))
  } catch {
    response.writeHead(404, HEADERS)
    return response.end()
  }
  response.writeHead(200, {
    ...HEADERS,
    "content-type": TYPES[name.split(".").pop()],
    "cache-control": "public, max-age=3600",
  })
  response.end(content)
}

module.exports = { storefront }
