"use strict"
// The storefront before a Store API that is played: what a visitor sees, and what the API is asked.
const assert = require("node:assert/strict")
const http = require("node:http")
const { after, before, beforeEach, test } = require("node:test")
const { Refusal } = require("../storefront/api")
const { storefront } = require("../storefront/handler")

const EUR = { currency_code: "eur" }
const BOTTLE = {
  id: "prod_1",
  handle: "blue-bottle",
  title: "Blue <Bottle>",
  description: "Cold & hot",
  thumbnail: "/pictures/blue-bottle.svg",
  images: [],
  variants: [
    { id: "variant_1", title: "0.5 l", calculated_price: { calculated_amount: 24.9, ...EUR } },
    { id: "variant_2", title: "0.75 l", manage_inventory: true, inventory_quantity: 0, calculated_price: { calculated_amount: 29.9, ...EUR } },
  ],
}
const LINE = { id: "item_1", product_title: "Blue Bottle", variant_title: "0.5 l", product_handle: "blue-bottle", quantity: 2, unit_price: 24.9 }
const CART = {
  id: "cart_1",
  items: [LINE],
  region: { countries: [{ iso_2: "de", display_name: "Germany" }, { iso_2: "at", display_name: "Austria" }] },
  item_total: 49.8,
  shipping_total: 0,
  tax_total: 7.95,
  total: 49.8,
  ...EUR,
}
const BUYER = { email: "b@example.test", first_name: "B", last_name: "Uyer", address_1: "Weg 2", postal_code: "10115", city: "Berlin", country_code: "de", shipping: "so_1" }

let asked, answers, server, base
const shop = { title: "Zoë's <Shop>", key: "pk_1", sells: true }

/** Answers by the beginning of "METHOD path"; a function is called, the longest beginning wins. */
function standard() {
  return {
    "GET /store/regions": { regions: [{ id: "reg_1", ...EUR }] },
    "GET /store/products": { products: [BOTTLE], count: 1 },
    "GET /store/products?handle=nothing": { products: [] },
    "GET /store/carts/cart_1": { cart: CART },
    "GET /store/carts/cart_gone": () => { throw new Refusal(404, "gone") },
    "POST /store/carts": { cart: { id: "cart_new" } },
    "POST /store/carts/cart_1/complete": { type: "order", order: { id: "order_1" } },
    "GET /store/shipping-options": { shipping_options: [{ id: "so_1", name: "Standard", amount: 4.9 }] },
    "POST /store/payment-collections": { payment_collection: { id: "pay_1" } },
    "DELETE /store/carts/cart_1/line-items": {},
    "GET /store/orders/order_1": { order: { ...CART, display_id: 7 } },
    "GET /store/orders/order_9": () => { throw new Refusal(404, "gone") },
  }
}

async function api(method, path, body) {
  asked.push([method, path, body])
  const line = `${method} ${path}`
  const key = Object.keys(answers).filter((one) => line.startsWith(one)).sort((a, b) => b.length - a.length)[0]
  assert.ok(key, `nobody plays ${line}`)
  return typeof answers[key] === "function" ? answers[key]() : answers[key]
}

before(async () => {
  const handle = storefront({ api, shop: async () => shop, secure: false, origin: "http://shop.test" })
  server = http.createServer((request, response) => handle(request, response, () => {
    response.writeHead(418).end()
  }))
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
  base = `http://127.0.0.1:${server.address().port}`
})
after(() => server.close())
beforeEach(() => {
  asked = []
  answers = standard()
})

const get = (path, cart) => fetch(base + path, { redirect: "manual", headers: cart ? { cookie: `a=b; cart=${cart}` } : {} })
const post = (path, fields, cart, headers = {}) => fetch(base + path, {
  method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers: { ...(cart ? { cookie: `cart=${cart}` } : {}), ...headers },
})

test("the shop page lists products with prices, everything escaped", async () => {
  const answer = await get("/")
  const text = await answer.text()
  assert.equal(answer.status, 200)
  assert.match(text, /<title>Zoë&#39;s &lt;Shop&gt;<\/title>/)
  assert.match(text, /href="\/products\/blue-bottle"/)
  assert.match(text, /Blue &lt;Bottle&gt;<\/span><span class="price">from €24\.90/)
  assert.ok(!text.includes("<script"))
  assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/)
})

test("further pages of a long catalogue are linked", async () => {
  answers["GET /store/products"] = { products: [BOTTLE], count: 100 }
  assert.match(await (await get("/")).text(), /href="\/\?from=48"/)
  await get("/?from=48")
  assert.ok(asked.some(([, path]) => path.includes("offset=48")))
})

test("a product shows its choices, and which is sold out", async () => {
  const text = await (await get("/products/blue-bottle")).text()
  assert.match(text, /<option value="variant_1">0\.5 l – €24\.90/)
  assert.match(text, /<option value="variant_2" disabled>0\.75 l – €29\.90 \(sold out\)/)
  assert.match(text, /Cold &amp; hot/)
})

test("what does not exist is 404, also with a broken address", async () => {
  assert.equal((await get("/products/nothing")).status, 404)
  assert.equal((await get("/products/%E0%A4%A")).status, 404)
  assert.equal((await get("/orders/order_9")).status, 404)
  assert.equal((await get("/pictures/none.svg")).status, 404)
})

test("paths of Medusa are left to Medusa", async () => {
  for (const path of ["/store/products", "/admin/orders", "/auth/user/emailpass", "/app", "/health", "/static/x.png"]) {
    assert.equal((await get(path)).status, 418, path)
  }
  assert.deepEqual(asked, [])
})

test("the first product makes a cart, whose id is a cookie that no script reads", async () => {
  const answer = await post("/cart", { variant: "variant_1", quantity: "2" })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get("location"), "/cart")
  assert.match(answer.headers.get("set-cookie"), /^cart=cart_new; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
  assert.deepEqual(asked.at(-1), ["POST", "/store/carts/cart_new/line-items", { variant_id: "variant_1", quantity: 2 }])
})

test("a second product goes into the same cart", async () => {
  await post("/cart", { variant: "variant_1", quantity: "1" }, "cart_1")
  assert.equal(asked.at(-1)[1], "/store/carts/cart_1/line-items")
})

test("a cart that is gone or bought is replaced", async () => {
  await post("/cart", { variant: "variant_1", quantity: "1" }, "cart_gone")
  assert.equal(asked.at(-1)[1], "/store/carts/cart_new/line-items")
  answers["GET /store/carts/cart_1"] = { cart: { ...CART, completed_at: "2026-01-01" } }
  await post("/cart", { variant: "variant_1", quantity: "1" }, "cart_1")
  assert.equal(asked.at(-1)[1], "/store/carts/cart_new/line-items")
})

test("a bad quantity, nothing chosen, a foreign form and a huge one change nothing", async () => {
  for (const quantity of ["0", "-1", "11", "1.5", "many", ""]) {
    assert.equal((await post("/cart", { variant: "variant_1", quantity })).status, 400, quantity)
  }
  assert.equal((await post("/cart", { quantity: "1" })).status, 400)
  const foreign = { origin: "http://evil.test" }
  assert.equal((await post("/cart", { variant: "variant_1", quantity: "1" }, "", foreign)).status, 403)
  assert.equal((await post("/cart", { variant: "v".repeat(20000), quantity: "1" })).status, 413)
  assert.deepEqual(asked.filter(([method]) => method !== "GET"), [])
})

test("lines are changed and removed, but only those of the own cart", async () => {
  await post("/cart/lines", { line: "item_1", quantity: "3" }, "cart_1")
  assert.deepEqual(asked.at(-1), ["POST", "/store/carts/cart_1/line-items/item_1", { quantity: 3 }])
  await post("/cart/lines", { line: "item_1", quantity: "3", remove: "1" }, "cart_1")
  assert.deepEqual(asked.at(-1).slice(0, 2), ["DELETE", "/store/carts/cart_1/line-items/item_1"])
  asked = []
  await post("/cart/lines", { line: "item_9", quantity: "0" }, "cart_1")
  assert.deepEqual(asked.filter(([method]) => method !== "GET"), [])
})

test("an empty cart cannot be checked out", async () => {
  assert.equal((await get("/checkout")).headers.get("location"), "/cart")
  assert.equal((await post("/checkout", BUYER)).headers.get("location"), "/cart")
})

test("checkout offers countries by name and what is shipped", async () => {
  const text = await (await get("/checkout", "cart_1")).text()
  assert.ok(text.indexOf("Austria") < text.indexOf("Germany"))
  assert.match(text, /value="so_1" checked>\s*Standard – €4\.90/)
})

test("an order takes the address, shipping and payment, and leads to its confirmation", async () => {
  const answer = await post("/checkout", BUYER, "cart_1")
  assert.equal(answer.headers.get("location"), "/orders/order_1")
  assert.match(answer.headers.get("set-cookie"), /^cart=; .*Max-Age=0/)
  const written = asked.filter(([method]) => method === "POST").map(([, path, body]) => [path, body])
  assert.equal(written[0][1].shipping_address.city, "Berlin")
  assert.deepEqual(written.slice(1), [
    ["/store/carts/cart_1/shipping-methods", { option_id: "so_1" }],
    ["/store/payment-collections", { cart_id: "cart_1" }],
    ["/store/payment-collections/pay_1/payment-sessions", { provider_id: "pp_system_default" }],
    ["/store/carts/cart_1/complete", {}],
  ])
  assert.match(await (await get("/orders/order_1")).text(), /<strong id="order-number">7<\/strong>/)
})

test("a refused order says why and keeps what was typed", async () => {
  answers["POST /store/carts/cart_1/complete"] = { type: "cart", error: { message: "Out of <stock>" } }
  const answer = await post("/checkout", BUYER, "cart_1")
  const text = await answer.text()
  assert.equal(answer.status, 400)
  assert.match(text, /role="alert">Out of &lt;stock&gt;</)
  assert.match(text, /value="Berlin"/)
})

test("an address that is not complete is asked for by name, before anything is written", async () => {
  const text = await (await post("/checkout", { ...BUYER, city: " " }, "cart_1")).text()
  assert.match(text, /Please fill in: City\./)
  assert.deepEqual(asked.filter(([method]) => method !== "GET"), [])
})

test("a Medusa that fails is told as a pause, without its words", async () => {
  answers["GET /store/products"] = () => { throw new Refusal(500, "secret stack") }
  const logged = console.error
  console.error = () => {}
  const answer = await get("/").finally(() => { console.error = logged })
  const text = await answer.text()
  assert.equal(answer.status, 503)
  assert.ok(!text.includes("secret stack"))
})

test("ready means: a product is listed, unless the owner sells none", async () => {
  assert.equal((await get("/health/shop")).status, 200)
  answers["GET /store/products"] = { products: [], count: 0 }
  assert.equal((await get("/health/shop")).status, 503)
  shop.sells = false
  assert.equal((await get("/health/shop")).status, 200)
  shop.sells = true
})

test("pictures and style are served with their type; HEAD has no body", async () => {
  assert.equal((await get("/pictures/blue-bottle.svg")).headers.get("content-type"), "image/svg+xml")
  assert.match((await get("/assets/style.css")).headers.get("content-type"), /^text\/css/)
  const head = await fetch(`${base}/`, { method: "HEAD" })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), "")
})

test("what the pages show of a cart and an order is asked for by name", async () => {
  await get("/cart", "cart_1")
  await get("/orders/order_1")
  for (const [, path] of asked.filter(([, one]) => /carts|orders/.test(one))) {
    const fields = new URL(path, base).searchParams.get("fields").split(",")
    for (const field of ["currency_code", "item_total", "shipping_total", "tax_total", "total", "*items"]) {
      assert.ok(fields.includes(field), `${field} of ${path}`)
    }
  }
})

test("a cart without a way of shipping promises no total", async () => {
  answers["GET /store/carts/cart_1"] = { cart: { ...CART, shipping_methods: [] } }
  const text = await (await get("/cart", "cart_1")).text()
  assert.match(text, /Goods<\/dt><dd>€49\.80/)
  assert.doesNotMatch(text, /<dt>(Shipping|Total)/)
  assert.match(await (await get("/orders/order_1")).text(), /<dt>Total/)
})

test("a visitor without TLS of a shop that has it is sent there, a probe is not", async () => {
  const handle = storefront({ api, shop: async () => shop, secure: true, origin: "https://shop.test" })
  const sealed = http.createServer((request, response) => handle(request, response, () => response.writeHead(418).end()))
  await new Promise((resolve) => sealed.listen(0, "127.0.0.1", resolve))
  const there = `http://127.0.0.1:${sealed.address().port}`
  const ask = async (path, proto, method = "GET") => {
    const headers = proto ? { "x-forwarded-proto": proto } : {}
    const answer = await fetch(there + path, { headers, method, redirect: "manual" })
    return [answer.status, answer.headers.get("location")]
  }
  try {
    assert.deepEqual(await ask("/products/x?from=1", "http"), [301, "https://shop.test/products/x?from=1"])
    assert.deepEqual(await ask("//elsewhere.test/x", "http"), [301, "https://shop.test/x"])
    assert.deepEqual(await ask("/app", "http"), [301, "https://shop.test/app"])
    assert.deepEqual(await ask("/store/carts", "http", "POST"), [308, "https://shop.test/store/carts"])
    assert.deepEqual(await ask("/", "https"), [200, null])
    assert.deepEqual(await ask("/health/shop", ""), [200, null])
  } finally {
    sealed.close()
  }
})
