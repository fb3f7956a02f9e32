"use strict"
// The web pod: the storefront at /, Medusa's API and admin pages below their own paths.
const { Client } = require("pg")
const { untilSetUp } = require("./database")
const { environment } = require("./environment")
const { serve } = require("./medusa")
const { reader } = require("./shop")
const { storefront } = require("./storefront/handler")
const { client: storeApi } = require("./storefront/api")
const { version } = require("./version")

const PORT = 8080
const GRACE_MILLISECONDS = 20_000

async function main() {
  const store = environment(process.env)
  const begin = process.hrtime.bigint()
  const seconds = () => (Number(process.hrtime.bigint() - begin) / 1e9).toFixed(1)
  // Loading the programs takes longer than the set-up: both at the same time.
  require("@medusajs/medusa/loaders/index")
  console.log(`programs loaded after ${seconds()} s`)
  await untilSetUp(store.databaseUrl, version)
  console.log(`database is set up after ${seconds()} s`)
  const shop = reader(() => new Client({ connectionString: store.databaseUrl }))
  const api = storeApi(`http://127.0.0.1:${PORT}`, async () => (await shop()).key)
  const first = storefront({ api, shop, secure: store.url.startsWith("https:"), origin: store.url })
  const { server, shutdown } = await serve({ port: PORT, host: "0.0.0.0", first })
  console.log(`serving after ${seconds()} s`)
  process.once("SIGTERM", () => {
    setTimeout(() => process.exit(0), GRACE_MILLISECONDS).unref() // a visitor who never ends
    server.close(async () => {
      await shutdown().catch(() => {})
      process.exit(0)
    })
    server.closeIdleConnections()
  })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
