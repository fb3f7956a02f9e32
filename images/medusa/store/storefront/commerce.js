"use strict"
// What a shop does, in the words of Medusa's Store API. `call(method, path, body)` reaches it.
const { Refusal } = require("./api")

const LISTED = 48
const PRODUCT = "id,title,handle,description,thumbnail,*images,*variants.calculated_price,+variants.inventory_quantity"
// Complete lists: a field without a sign takes the place of Medusa's own choice.
const CART =
  "id,currency_code,completed_at,item_total,shipping_total,tax_total,total,*items,*region.countries,*shipping_methods"
const ORDER = "display_id,email,currency_code,total,item_total,shipping_total,tax_total,*items,*shipping_address"
const PAYMENT = "pp_system_default"

function commerce(call) {
  const id = encodeURIComponent

  /** The region that the shop sells in: the first, whose countries the checkout offers. */
  async function region() {
    const { regions } = await call("GET", "/store/regions?fields=id,currency_code,*countries&limit=1&order=created_at")
    if (!regions.length) throw new Refusal(503, "this shop does not sell anywhere yet")
    return regions[0]
  }

  async function list(offset = 0) {
    const place = await region()
    const query = `region_id=${place.id}&limit=${LISTED}&offset=${offset}&fields=${id(PRODUCT)}&order=created_at`
    const { products, count } = await call("GET", `/store/products?${query}`)
    return { products, count, limit: LISTED, offset }
  }

  /** The product of that handle; null when there is none. */
  async function product(handle) {
    const place = await region()
    const query = `handle=${id(handle)}&region_id=${place.id}&fields=${id(PRODUCT)}`
    return (await call("GET", `/store/products?${query}`)).products[0] ?? null
  }

  /** The open cart of that id; null when it is gone or bought. */
  async function cart(cartId) {
    if (!cartId) return null
    try {
      const found = (await call("GET", `/store/carts/${id(cartId)}?fields=${id(CART)}`)).cart
      return found.completed_at ? null : found
    } catch (error) {
      if (error.status === 404) return null
      throw error
    }
  }

  /** Put `quantity` of a variant into the cart, a new one where there is none; its id. */
  async function add(cartId, variant, quantity) {
    const open = await cart(cartId)
    const target = open?.id ?? (await call("POST", "/store/carts", { region_id: (await region()).id })).cart.id
    await call("POST", `/store/carts/${target}/line-items`, { variant_id: variant, quantity })
    return target
  }

  /** Set a line's quantity; 0 takes it out. */
  async function change(cartId, line, quantity) {
    const path = `/store/carts/${id(cartId)}/line-items/${id(line)}`
    if (quantity > 0) await call("POST", path, { quantity })
    else await call("DELETE", path)
  }

  async function shippingOptions(cartId) {
    return (await call("GET", `/store/shipping-options?cart_id=${id(cartId)}`)).shipping_options
  }

  /**
   * Buy what is in the cart; the order's id. `buyer` is {email, shipping, address}.
   * Safe to repeat: Medusa answers a second completion of a cart with the order of the first.
   */
  async function buy(cartId, buyer) {
    const path = `/store/carts/${id(cartId)}`
    const { email, address } = buyer
    await call("POST", path, { email, shipping_address: address, billing_address: address })
    const options = await shippingOptions(cartId)
    const option = options.find((one) => one.id === buyer.shipping) ?? options[0]
    if (!option) throw new Refusal(400, "nothing is shipped to this country")
    await call("POST", `${path}/shipping-methods`, { option_id: option.id })
    const { payment_collection: payment } = await call("POST", "/store/payment-collections", { cart_id: cartId })
    await call("POST", `/store/payment-collections/${payment.id}/payment-sessions`, { provider_id: PAYMENT })
    const done = await call("POST", `${path}/complete`, {})
    if (done.type !== "order") throw new Refusal(409, done.error?.message ?? "the order could not be placed")
    return done.order.id
  }

  async function order(orderId) {
    try {
      return (await call("GET", `/store/orders/${id(orderId)}?fields=${id(ORDER)}`)).order
    } catch (error) {
      if (error.status === 404) return null
      throw error
    }
  }

  return { add, buy, cart, change, list, order, product, region, shippingOptions }
}

module.exports = { commerce }
