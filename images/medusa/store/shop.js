"use strict"

const KEEP_MILLISECONDS = 30_000

/**
 * A function that tells the shop's title, the publishable key of its Store API and whether it has a published
 * product, as {title, key, sells}.
 *
 * They stand in the database alone, because the owner may change them; asked again after half a minute.
 */
function reader(makeClient, now = Date.now) {
  let known
  let until = 0
  return async () => {
    if (now() < until) return known
    const client = makeClient()
    await client.connect()
    try {
      const stores = await client.query("SELECT name FROM store WHERE deleted_at IS NULL ORDER BY created_at LIMIT 1")
      const keys = await client.query(
        `SELECT token FROM api_key WHERE type = 'publishable' AND revoked_at IS NULL AND deleted_at IS NULL
         ORDER BY created_at LIMIT 1`,
      )
      const products = await client.query(
        "SELECT EXISTS (SELECT FROM product WHERE status = 'published' AND deleted_at IS NULL) AS some",
      )
      known = {
        title: stores.rows[0]?.name ?? "Shop",
        key: keys.rows[0]?.token ?? "",
        sells: products.rows[0].some,
      }
      until = now() + KEEP_MILLISECONDS
      return known
    } finally {
      await client.end()
    }
  }
}

module.exports = { reader }
