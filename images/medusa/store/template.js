"use strict"
// Build step: fills the migrated database that the environment names with a shop that can sell.
const { randomBytes } = require("node:crypto")
const { createAdministrator, removeAdministrators } = require("./admin")
const { connect } = require("./database")
const { environment } = require("./environment")
const { serve } = require("./medusa")
const { seed } = require("./seed")

const EMAIL = "template@example.test"

async function main() {
  const store = environment(process.env)
  const { server } = await serve({ port: 0, host: "127.0.0.1", first: (request, response, next) => next() })
  const base = `http://127.0.0.1:${server.address().port}`
  const headers = { "content-type": "application/json" }
  const call = async (method, path, body) => {
    const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
  const client = await connect(store.databaseUrl, 10)
  const password = randomBytes(24).toString("base64url")
  await createAdministrator(client, EMAIL, password)
  headers.authorization = `Bearer ${(await call("POST", "/auth/user/emailpass", { email: EMAIL, password })).token}`
  await seed(call)
  await removeAdministrators(client)
  await client.end()
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error)
    process.exit(1)
  },
)
