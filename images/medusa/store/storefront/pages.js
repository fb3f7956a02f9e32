"use strict"
// The pages, from what the Store API told; no script is needed to use them.
const { html } = require("./html")

const MOST_OF_ONE = 10

/** "€24.90" of 24.9 and "eur". */
function money(amount, currency) {
  return new Intl.NumberFormat("en-IE", { style: "currency", currency }).format(amount ?? 0)
}

/** The whole document around `main`; `shop` is {title}, `count` how many pieces lie in the cart. */
function page({ shop, title, main, count = 0 }) {
  const heading = title ? `${title} · ${shop.title}` : shop.title
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<link rel="stylesheet" href="/assets/style.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div>
<a class="brand" href="/">${shop.title}</a>
<nav aria-label="Shop"><a href="/">Products</a> <a href="/cart">Cart <span class="count" aria-label="${count} in the cart">${count}</span></a></nav>
</div></header>
<main id="main">
${main}
</main>
<footer class="bar"><div><p>${shop.title} · Prices include tax.</p></div></footer>
</body>
</html>
`.toString()
}

function cheapest(product) {
  const prices = product.variants.map((variant) => variant.calculated_price).filter(Boolean)
  return prices.sort((a, b) => a.calculated_amount - b.calculated_amount)[0]
}

function price(product) {
  const found = cheapest(product)
  if (!found) return html`<span class="price">Not for sale here</span>`
  const from = new Set(product.variants.map((v) => v.calculated_price?.calculated_amount)).size > 1 ? "from " : ""
  return html`<span class="price">${from}${money(found.calculated_amount, found.currency_code)}</span>`
}

function catalogue({ products, count, limit, offset }) {
  const card = (product, index) => html`<li><a class="card" href="/products/${product.handle}">
${product.thumbnail && html`<img src="${product.thumbnail}" alt="" width="400" height="400" loading="${index < 4 ? "eager" : "lazy"}">`}
<span class="name">${product.title}</span>${price(product)}</a></li>
`
  const step = (at, text) => html`<a class="button quiet" href="/?from=${at}">${text}</a>`
  return html`<h1>Products</h1>
${products.length ? html`<ul class="grid">${products.map(card)}</ul>` : html`<p>Nothing is for sale at the moment.</p>`}
<p class="actions">${offset > 0 && step(Math.max(0, offset - limit), "Earlier products")}
${offset + limit < count && step(offset + limit, "More products")}</p>`
}

function product(item) {
  const sold = (variant) => variant.manage_inventory && !variant.allow_backorder && !(variant.inventory_quantity > 0)
  const choices = item.variants.filter((variant) => variant.calculated_price)
  const choice = (variant) => {
    const { calculated_amount: amount, currency_code: currency } = variant.calculated_price
    const label = `${variant.title} – ${money(amount, currency)}${sold(variant) ? " (sold out)" : ""}`
    return html`<option value="${variant.id}"${sold(variant) && html` disabled`}>${label}</option>`
  }
  const buyable = choices.some((variant) => !sold(variant))
  return html`<p><a href="/">← All products</a></p>
<div class="two">
<div>${(item.images?.[0]?.url ?? item.thumbnail) && html`<img class="picture" src="${item.images?.[0]?.url ?? item.thumbnail}" alt="${item.title}" width="800" height="800">`}</div>
<div>
<h1>${item.title}</h1>
<p>${price(item)}</p>
<p>${item.description}</p>
<form method="post" action="/cart">
<label for="variant">Choose</label>
<select id="variant" name="variant" required>${choices.map(choice)}</select>
<label for="quantity">Quantity</label>
<input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="${MOST_OF_ONE}" value="1" required>
<button type="submit"${!buyable && html` disabled`}>${buyable ? "Add to cart" : "Sold out"}</button>
</form>
</div></div>`
}

function totals(sums) {
  const row = (name, amount, strong) =>
    html`<div${strong && html` class="total"`}><dt>${name}</dt><dd>${money(amount, sums.currency_code)}</dd></div>`
  // Before a way of shipping is chosen there is no total to promise.
  if (sums.shipping_methods?.length === 0) {
    return html`<dl class="sums">${row("Goods", sums.item_total, true)}</dl><p>Shipping is added at the checkout.</p>`
  }
  return html`<dl class="sums">${row("Goods", sums.item_total)}${row("Shipping", sums.shipping_total)}
${row("Total", sums.total, true)}${row("of which tax", sums.tax_total)}</dl>`
}

function name(line) {
  return line.variant_title ? `${line.product_title}, ${line.variant_title}` : line.product_title
}

const emptyCart = html`<h1>Cart</h1><p>Your cart is empty.</p><p><a class="button" href="/">Look around</a></p>`

function cart(open, problem) {
  if (!open?.items?.length) return emptyCart
  const line = (item) => html`<li>
${item.thumbnail && html`<img src="${item.thumbnail}" alt="" width="96" height="96">`}
<div><a href="/products/${item.product_handle}">${name(item)}</a><br>${money(item.unit_price, open.currency_code)} each</div>
<form method="post" action="/cart/lines">
<input type="hidden" name="line" value="${item.id}">
<label for="q-${item.id}">Quantity<span class="hidden"> of ${name(item)}</span></label>
<input id="q-${item.id}" name="quantity" type="number" inputmode="numeric" min="0" max="${MOST_OF_ONE}" value="${item.quantity}">
<button class="quiet" type="submit">Update</button>
<button class="quiet" type="submit" name="remove" value="1">Remove<span class="hidden"> ${name(item)}</span></button>
</form></li>`
  return html`<h1>Cart</h1>${alert(problem)}<ul class="lines">${open.items.map(line)}</ul>${totals(open)}
<p class="actions"><a class="button" href="/checkout">Check out</a></p>`
}

function alert(problem) {
  return problem && html`<p class="alert" role="alert">${problem}</p>`
}

const FIELDS = [
  ["email", "E-mail", "email", "email"],
  ["first_name", "First name", "text", "given-name"],
  ["last_name", "Last name", "text", "family-name"],
  ["address_1", "Street and number", "text", "street-address"],
  ["postal_code", "Postal code", "text", "postal-code"],
  ["city", "City", "text", "address-level2"],
]

/** `given` are the values that were typed before a problem. */
function checkout({ open, options, given = {}, problem }) {
  const field = ([key, label, type, complete]) => html`<label for="${key}">${label}</label>
<input id="${key}" name="${key}" type="${type}" autocomplete="${complete}" maxlength="120" value="${given[key]}" required>`
  const country = (one) => html`<option value="${one.iso_2}"${given.country_code === one.iso_2 && html` selected`}>${one.display_name}</option>`
  const option = (one, index) => html`<label class="choice"><input type="radio" name="shipping" value="${one.id}"${index === 0 && html` checked`}>
${one.name} – ${money(one.amount, open.currency_code)}</label>`
  const countries = [...open.region.countries].sort((a, b) => a.display_name.localeCompare(b.display_name))
  return html`<h1>Checkout</h1>${alert(problem)}
<div class="two"><form method="post" action="/checkout">
${FIELDS.map(field)}
<label for="country_code">Country</label>
<select id="country_code" name="country_code" autocomplete="country" required>${countries.map(country)}</select>
<fieldset><legend>Shipping</legend>${options.map(option)}</fieldset>
<p>Payment: by invoice. Nothing is charged now.</p>
<button type="submit">Place the order</button>
</form>
<section aria-labelledby="summary"><h2 id="summary">Your order</h2>
<ul>${open.items.map((item) => html`<li>${item.quantity} × ${name(item)}</li>`)}</ul>${totals(open)}</section></div>`
}

function confirmation(order) {
  const address = order.shipping_address
  return html`<h1>Thank you</h1>
<p class="done" role="status">Your order <strong id="order-number">${order.display_id}</strong> is placed.</p>
<ul>${order.items.map((item) => html`<li>${item.quantity} × ${name(item)}</li>`)}</ul>${totals(order)}
${address && html`<h2>Goes to</h2><address>${address.first_name} ${address.last_name}<br>${address.address_1}<br>${address.postal_code} ${address.city}</address>`}
<p class="actions"><a class="button" href="/">Back to the shop</a></p>`
}

function problem(heading, text) {
  return html`<h1>${heading}</h1><p>${text}</p><p><a class="button" href="/">To the products</a></p>`
}

module.exports = { cart, catalogue, checkout, confirmation, FIELDS, money, MOST_OF_ONE, page, problem, product }
