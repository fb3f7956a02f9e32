"use strict"

const KEEP_MILLISECONDS = 30_000

/**
 * A function that tells the shop's title and the publishable key of its Store API, as {title, key}.
 *
 * Both stand in the database alone, because the owner may change them; asked again after half a minute.
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
      known = { title: stores.rows[0]?.name ?? "Shop", key: keys.rows[0]?.token ?? "" }
      until = now() + KEEP_MILLISECONDS
      return known
    } finally {
      await client.end()
    }
  }
}

module.exports = { reader }
