"use strict"
const { createHmac } = require("node:crypto")
const { readFileSync } = require("node:fs")

/**
 * What the container's environment says, as one object. Each secret may come as NAME or as a file in NAME_FILE.
 * Throws an Error that names the missing variable.
 */
function environment(variables, read = (path) => readFileSync(path, "utf8")) {
  const optional = (name) => {
    const file = variables[`${name}_FILE`]
    return file ? read(file).replace(/\r?\n$/, "") : variables[name]
  }
  const required = (name) => {
    const value = optional(name)
    if (!value) throw new Error(`${name} (or ${name}_FILE) is required`)
    return value
  }
  const secret = required("STORE_SECRET")
  // One secret of the store, a key of its own for each purpose.
  const derived = (purpose) => createHmac("sha256", secret).update(purpose).digest("base64url")
  const user = encodeURIComponent(required("DATABASE_USER"))
  const password = encodeURIComponent(required("DATABASE_PASSWORD"))
  const host = required("DATABASE_HOST")
  const port = optional("DATABASE_PORT") ?? "5432"
  const database = required("DATABASE_NAME")
  return Object.freeze({
    databaseUrl: `postgres://${user}:${password}@${host}:${port}/${database}`,
    url: required("STORE_URL"),
    jwtSecret: derived("jwt"),
    cookieSecret: derived("cookie"),
    optional,
    required,
  })
}

module.exports = { environment }
