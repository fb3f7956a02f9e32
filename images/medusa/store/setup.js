"use strict"
// The set-up of a store; safe to repeat. Exits 1 unless everything was done.
const { spawn } = require("node:child_process")
const { randomBytes } = require("node:crypto")
const { readFileSync } = require("node:fs")
const { join } = require("node:path")
const { createAdministrator } = require("./admin")
const { connect, installedVersion, transaction } = require("./database")
const { environment } = require("./environment")
const { version } = require("./version")

const DATABASE_SECONDS = 300
const ROOT = join(__dirname, "..")

/** Restore the template into the empty database and make it this store's: all of it or nothing. */
async function install(client, store) {
  await client.query(readFileSync(join(ROOT, "template.sql"), "utf8"))
  await client.query("SET search_path = public") // the dump leaves it empty
  await client.query("UPDATE store SET name = $1", [store.required("STORE_TITLE")])
  const key = `pk_${randomBytes(32).toString("hex")}`
  await client.query("UPDATE api_key SET token = $1, redacted = $2 WHERE type = 'publishable'", [
    key,
    `${key.slice(0, 6)}***${key.slice(-3)}`,
  ])
  await createAdministrator(client, store.required("STORE_ADMIN_EMAIL"), store.required("STORE_ADMIN_PASSWORD"))
  await client.query("CREATE SCHEMA storefleet")
  await client.query("CREATE TABLE storefleet.setup (key text PRIMARY KEY, value text NOT NULL)")
  await client.query("INSERT INTO storefleet.setup VALUES ('medusa', $1)", [version])
}

/** Run Medusa's own migrations; each is a transaction and noted, so that a killed run goes on where it was. */
function migrate() {
  return new Promise((resolve, reject) => {
    const cli = join(ROOT, "node_modules/@medusajs/cli/cli.js")
    const child = spawn(process.execPath, [cli, "db:migrate"], { cwd: ROOT, stdio: "inherit" })
    child.on("error", reject)
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`db:migrate ended with ${code}`))))
  })
}

async function main() {
  const store = environment(process.env)
  const client = await connect(store.databaseUrl, DATABASE_SECONDS)
  try {
    const done = await transaction(client, async () => {
      const found = await installedVersion(client)
      if (!found) await install(client, store)
      return found || "new"
    })
    if (done !== "new" && done !== version) {
      console.log(`migrating from Medusa ${done} to ${version}`)
      await migrate()
      await client.query("UPDATE storefleet.setup SET value = $1 WHERE key = 'medusa'", [version])
    }
    console.log(done === "new" ? "installed" : done === version ? "already installed" : "migrated")
  } finally {
    await client.end()
  }
}

main().catch((error) => {
  console.error(`set-up: ${error.message}`)
  process.exit(1)
})
