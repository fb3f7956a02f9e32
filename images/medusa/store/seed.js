"use strict"
// What every new shop begins with, through Medusa's Admin API; run once, when the image is built.
const { products } = require("./samples")

const CURRENCY = "eur"
const SHIPPING = 4.9
const STOCK = 100
/** Country -> standard rate of the value added tax in per cent; prices are with tax. */
const COUNTRIES = { at: 20, be: 21, de: 19, es: 21, fr: 20, ie: 23, it: 22, nl: 21, pl: 23, pt: 23 }

/** `call(method, path, body)` answers with the Admin API's JSON. Resolves when the shop can sell. */
async function seed(call) {
  const channel = (await call("GET", "/admin/sales-channels")).sales_channels[0]
  const shop = (await call("GET", "/admin/stores")).stores[0]
  const location = await stockLocation(call, channel.id)
  await call("POST", `/admin/stores/${shop.id}`, {
    supported_currencies: [{ currency_code: CURRENCY, is_default: true, is_tax_inclusive: true }],
    default_sales_channel_id: channel.id,
    default_location_id: location.id,
  })
  const { region } = await call("POST", "/admin/regions", {
    name: "Europe",
    currency_code: CURRENCY,
    countries: Object.keys(COUNTRIES),
    payment_providers: ["pp_system_default"],
    is_tax_inclusive: true,
    automatic_taxes: true,
  })
  await call("POST", `/admin/stores/${shop.id}`, { default_region_id: region.id })
  for (const [country, rate] of Object.entries(COUNTRIES)) {
    await call("POST", "/admin/tax-regions", {
      country_code: country,
      provider_id: "tp_system",
      default_tax_rate: { name: "VAT", code: `vat-${country}`, rate },
    })
  }
  const profile = await shippingProfile(call)
  await shipping(call, location.id, profile.id)
  await catalogue(call, channel.id, profile.id, location.id)
  const { api_keys: keys } = await call("GET", "/admin/api-keys?type=publishable")
  const key = keys[0] ?? (await call("POST", "/admin/api-keys", { title: "Storefront", type: "publishable" })).api_key
  await call("POST", `/admin/api-keys/${key.id}/sales-channels`, { add: [channel.id] })
}

async function stockLocation(call, channel) {
  const { stock_location: location } = await call("POST", "/admin/stock-locations", {
    name: "Warehouse",
    address: { address_1: "-", city: "-", country_code: "de" },
  })
  await call("POST", `/admin/stock-locations/${location.id}/sales-channels`, { add: [channel] })
  await call("POST", `/admin/stock-locations/${location.id}/fulfillment-providers`, { add: ["manual_manual"] })
  return location
}

async function shippingProfile(call) {
  const { shipping_profiles: profiles } = await call("GET", "/admin/shipping-profiles")
  return (
    profiles[0] ??
    (await call("POST", "/admin/shipping-profiles", { name: "Default", type: "default" })).shipping_profile
  )
}

async function shipping(call, location, profile) {
  const sets = `/admin/stock-locations/${location}/fulfillment-sets?fields=*fulfillment_sets`
  const { stock_location: found } = await call("POST", sets, { name: "Shipping", type: "shipping" })
  const zones = `/admin/fulfillment-sets/${found.fulfillment_sets[0].id}/service-zones?fields=*service_zones`
  const { fulfillment_set: set } = await call("POST", zones, {
    name: "Europe",
    geo_zones: Object.keys(COUNTRIES).map((country) => ({ type: "country", country_code: country })),
  })
  await call("POST", "/admin/shipping-options", {
    name: "Standard shipping",
    service_zone_id: set.service_zones[0].id,
    shipping_profile_id: profile,
    provider_id: "manual_manual",
    price_type: "flat",
    type: { label: "Standard", description: "2 to 4 days", code: "standard" },
    prices: [{ currency_code: CURRENCY, amount: SHIPPING }],
    rules: [
      { attribute: "enabled_in_store", operator: "eq", value: "true" },
      { attribute: "is_return", operator: "eq", value: "false" },
    ],
  })
}

async function catalogue(call, channel, profile, location) {
  for (const { handle, title, description, option, values, price } of products) {
    await call("POST", "/admin/products", {
      title,
      handle,
      description,
      status: "published",
      thumbnail: `/pictures/${handle}.svg`,
      images: [{ url: `/pictures/${handle}.svg` }],
      shipping_profile_id: profile,
      sales_channels: [{ id: channel }],
      options: [{ title: option, values }],
      variants: values.map((value) => ({
        title: value,
        sku: `${handle}-${value}`.toUpperCase().replace(/[^A-Z0-9]+/g, "-"),
        manage_inventory: true,
        options: { [option]: value },
        prices: [{ currency_code: CURRENCY, amount: price }],
      })),
    })
  }
  const { inventory_items: items } = await call("GET", "/admin/inventory-items?limit=100")
  for (const item of items) {
    const levels = `/admin/inventory-items/${item.id}/location-levels`
    await call("POST", levels, { location_id: location, stocked_quantity: STOCK })
  }
}

module.exports = { seed }
