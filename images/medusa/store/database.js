"use strict"
const { Client } = require("pg")

const RETRY_MILLISECONDS = 250
// Another set-up must never run at the same time; the number only has to be the same in every pod.
const LOCK = 5_201_813

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A connected client; tries again until `seconds` have passed, then throws what the last try said. */
async function connect(databaseUrl, seconds) {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 })
    client.on("error", () => {}) // a lost connection shows itself in the next query
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      if (Date.now() >= until) throw error
      await pause(RETRY_MILLISECONDS)
    }
  }
}

/** The Medusa version that the set-up left in the database; "" before the first set-up. */
async function installedVersion(client) {
  const { rows } = await client.query("SELECT to_regclass('storefleet.setup') AS found")
  if (!rows[0].found) return ""
  const found = await client.query("SELECT value FROM storefleet.setup WHERE key = 'medusa'")
  return found.rows[0]?.value ?? ""
}

/** Return when the set-up has brought the database to `version`; the start-up probe ends a wait in vain. */
async function untilSetUp(databaseUrl, version) {
  for (;;) {
    let client
    try {
      client = await connect(databaseUrl, Infinity)
      while ((await installedVersion(client)) !== version) await pause(RETRY_MILLISECONDS)
      return
    } catch {
      await pause(RETRY_MILLISECONDS) // the database went away: wait for it again
    } finally {
      await client?.end().catch(() => {})
    }
  }
}

/** Run `work(client)` in one transaction, alone: all of it happens or nothing. */
async function transaction(client, work) {
  await client.query("BEGIN")
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK])
    const result = await work(client)
    await client.query("COMMIT")
    return result
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {})
    throw error
  }
}

module.exports = { connect, installedVersion, pause, transaction, untilSetUp }
