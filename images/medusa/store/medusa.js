"use strict"
const http = require("node:http")
const { join } = require("node:path")

const ROOT = join(__dirname, "..")

/**
 * Medusa and `first`, one Express handler before it, on `port` of `host` in this process.
 *
 * Loads what `medusa start` loads; that command cannot serve anything else on its port, and a second process
 * would cost a store 40 MB more. Resolves to {server, shutdown} when requests are answered.
 */
async function serve({ port, host, first }) {
  const { default: load } = require("@medusajs/medusa/loaders/index")
  const express = require("express")
  const app = express()
  app.disable("x-powered-by")
  app.use(first)
  const medusa = await load({ directory: ROOT, expressApp: app })
  app.get("/health", (_, response) => response.status(200).send("OK"))
  const server = http.createServer(app)
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve))
  return { server, shutdown: medusa.shutdown }
}

module.exports = { serve }
